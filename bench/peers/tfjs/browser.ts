import { exposeEngine } from "../browser/expose-engine.js";
import { openTfjs } from "./engine.js";

exposeEngine((probe) => openTfjs(probe, "the browser's"));

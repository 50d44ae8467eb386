import { exposeEngine } from "../browser/expose-engine.js";
import { openJaxJs } from "./engine.js";

exposeEngine((probe) => openJaxJs(probe, "the browser's"));

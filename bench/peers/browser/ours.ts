import { openGpu } from "../../../src/browser.js";
import { ourEngine } from "../ours/engine.js";
import { exposeEngine } from "./expose-engine.js";

exposeEngine(async () => ourEngine(await openGpu()));

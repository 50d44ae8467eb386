/** Our engine, for bench:peers. */
import { openGpu } from "../../../src/node.js";
import { serve } from "../serve.js";
import { ourEngine } from "./engine.js";

await serve(async () => ourEngine(await openGpu()));

/**
 * Feeds damaged files of weights to their readers: `npm run fuzz:weights -- [seconds] [first seed]`.
 *
 * Each case must end, in time and in memory, with whole tensors or a CheckpointError that names the file.
 */
import { fileURLToPath } from "node:url";
import { damagedWeights, readDamaged } from "../test/fuzz/weight-cases.js";
import { fuzz } from "./fuzz.js";

await fuzz({ script: fileURLToPath(import.meta.url), caseOf: damagedWeights, attempt: readDamaged });

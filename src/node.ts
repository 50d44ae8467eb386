/** The package's entry in Node: what browsers have, and all that reads and writes files. */
export * from "./index.js";
export { openGpu, type OpenOptions } from "./open-gpu.js";
export { inspectWeights, type Inspection, type NetworkSummary, type TensorSummary } from "./weights/inspect.js";
export { loadWeights } from "./run/weights.js";
export type { TrainConfig } from "./training/config.js";
export { convertWeights, type Conversion, type ConvertOptions } from "./weights/convert.js";
export {
  evaluate,
  type DirectionEvaluation,
  type EvaluateHooks,
  type Evaluation,
  type PairedFigures,
} from "./evaluate/evaluate.js";
export type { EvaluateOptions } from "./evaluate/plan.js";
export { loadGenerator, type ModelOptions } from "./translate/find-generator.js";
export type { HeldOutProgress, TrainProgress } from "./training/progress.js";
export { resumedConfig } from "./run/resume.js";
export { saveWeights } from "./run/save-weights.js";
export { train } from "./training/train.js";
export type { TrainHooks, TrainResult } from "./training/train-result.js";
export { translate, type TranslateHooks, type TranslateProgress, type TranslateResult } from "./translate/translate.js";
export type { TranslateOptions } from "./translate/plan.js";

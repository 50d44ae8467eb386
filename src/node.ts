/** The package's entry in Node: what browsers have, and all that reads and writes files. */
export * from "./index.js";
export { openGpu, type OpenOptions } from "./open-gpu.js";
export { inspectWeights, type Inspection, type NetworkSummary, type TensorSummary } from "./io/inspect.js";
export { loadWeights } from "./train/checkpoint.js";
export type { TrainConfig } from "./train/config.js";
export { convertWeights, type Conversion, type ConvertOptions } from "./train/convert.js";
export {
  evaluate,
  type DirectionEvaluation,
  type EvaluateHooks,
  type Evaluation,
  type PairedFigures,
} from "./train/evaluate.js";
export type { EvaluateOptions } from "./train/evaluate-plan.js";
export { loadGenerator, type ModelOptions } from "./train/find-generator.js";
export type { HeldOutProgress, TrainProgress } from "./train/progress.js";
export { resumedConfig } from "./train/resume.js";
export { saveWeights } from "./train/save-weights.js";
export { train } from "./train/train.js";
export type { TrainHooks, TrainResult } from "./train/train-result.js";
export { translate, type TranslateHooks, type TranslateProgress, type TranslateResult } from "./train/translate.js";
export type { TranslateOptions } from "./train/translate-plan.js";

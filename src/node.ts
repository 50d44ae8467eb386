/** The package's entry in Node: the API of the browser entry, and everything that reads and writes files. */
import "./node-version.js";
import type { CycleGANSettings } from "./models/cyclegan/options.js";
import type { Settings } from "./models/model.js";
import type { SharedSettings } from "./run/options.js";
import { train as trainAny } from "./training/train.js";
import type { TrainHooks, TrainResult } from "./training/train-result.js";

export * from "./index.js";
export { runCommand } from "./cli/command.js";
export { endWorker, type EndableWorker } from "./driver/end-worker.js";
export { openGpu, type OpenOptions } from "./open-gpu.js";
export { inspectWeights, type Inspection, type NetworkSummary, type TensorSummary } from "./weights/inspect.js";
export { loadWeights, saveWeights } from "./run/weights.js";
export { convertWeights, type Conversion, type ConvertOptions } from "./weights/convert.js";
export {
  evaluate,
  type DirectionEvaluation,
  type EvaluateHooks,
  type Evaluation,
} from "./evaluate/evaluate.js";
export type { PairedFigures } from "./metrics/paired.js";
export type { EvaluateOptions } from "./evaluate/plan.js";
export { loadGenerator, type ModelOptions } from "./translate/find-generator.js";
export type { HeldOutProgress } from "./run/log.js";
export type { TrainProgress } from "./training/progress.js";
export { resumedConfig } from "./run/resume.js";
/** All settings of a CycleGAN's run. */
export type TrainConfig = SharedSettings & CycleGANSettings;
/** See `train` in training/train.ts. `model` selects another model than CycleGAN, which has its own options. */
export const train: {
  (settings: Partial<TrainConfig>, hooks?: TrainHooks): Promise<TrainResult>;
  (settings: Settings & { readonly model: string }, hooks?: TrainHooks): Promise<TrainResult>;
} = trainAny;
export type { TrainHooks, TrainResult };
export { translate, type TranslateResult } from "./translate/translate.js";
export type { TranslateHooks, TranslateProgress } from "./translate/translation.js";
export type { TranslateOptions } from "./translate/plan.js";

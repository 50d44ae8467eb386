/** The package's entry in Node: the API of the browser entry, and everything that reads and writes files. */
import "./node-version.js";
import type { EvaluateOptions } from "./evaluate/plan.js";
import type { CycleGANSettings } from "./models/cyclegan/options.js";
import type { Settings } from "./models/model.js";
import type { SharedSettings } from "./run/options.js";
import { evaluate as evaluateByCommand, type EvaluateHooks } from "./evaluate/evaluate.js";
import { evaluateSegmentation as evaluateSegmentationByCommand } from "./evaluate/segmentation.js";
import { asLibrary, asLibrarySync, withLibraryMessages } from "./library-words.js";
import { sample as sampleByCommand, type SampleHooks, type SampleResult } from "./sample/sample.js";
import type { SamplingOptions } from "./sample/plan.js";
import { compareRuns as compareByCommand } from "./report/comparison/compare-runs.js";
import { look as lookByCommand, type LookHooks, type LookResult } from "./look/look.js";
import type { LookOptions } from "./look/plan.js";
import { resumedConfig as resumedByCommand } from "./run/resume.js";
import { loadWeights as loadByCommand, saveWeights as saveByCommand } from "./run/weights.js";
import { train as trainByCommand } from "./training/train.js";
import { loadGenerator as loadGeneratorByCommand } from "./translate/find-generator.js";
import { translate as translateByCommand } from "./translate/translate.js";
import type { TranslateOptions } from "./translate/plan.js";
import type { TranslateHooks } from "./translate/translation.js";
import { convertWeights as convertByCommand } from "./weights/convert.js";
import { inspectWeights as inspectByCommand } from "./weights/inspect.js";
import type { TrainHooks, TrainResult } from "./training/train-result.js";

export * from "./index.js";
export { decodeImage, decodeImageBytes, type DecodeOptions } from "./data/decode.js";
export { decodeLabels } from "./data/decode-labels.js";
export type { ValueRange } from "./data/value-range.js";
export { encodeImage, encodeImageBytes, encodeLabels, type EncodeOptions } from "./data/encode.js";
export type { OutputFormat } from "./data/output-format.js";
export { findImages, findMasks, type DataLocation, type ImageFiles } from "./data/image-folder.js";
export { listImages } from "./data/list-images.js";
export { createLoader, type LoadedBatch, type Loader } from "./data/loader.js";
export type { LoaderOptions } from "./data/loader-options.js";
export { runCommand } from "./cli/command.js";
export { endWorker, type EndableWorker } from "./driver/end-worker.js";
export { openGpu, type OpenOptions } from "./open-gpu.js";
export type { Inspection, NetworkSummary, TensorSummary } from "./weights/inspect.js";
export type { Conversion, ConvertOptions } from "./weights/convert.js";
export type { DirectionEvaluation, EvaluateHooks, Evaluation } from "./evaluate/evaluate.js";
export type { FcnScore } from "./evaluate/fcn-score.js";
export type { SegmentationEvaluation } from "./evaluate/segmentation.js";
export type { PairedFigures } from "./metrics/paired.js";
export type { EvaluateOptions } from "./evaluate/plan.js";
export type { ModelOptions } from "./translate/find-generator.js";
export type { HeldOutProgress } from "./run/log.js";
export type { TrainProgress } from "./training/progress.js";
/** All settings of a CycleGAN's run. */
export type TrainConfig = SharedSettings & CycleGANSettings;

// The command's functions, with errors and messages that name settings in place of options.

const trainAny = asLibrary((settings: Settings, hooks: TrainHooks = {}) => trainByCommand(settings, withLibraryMessages(hooks)));
/** See `train` in training/train.ts. `model` selects another model than CycleGAN, which has its own options. */
export const train: {
  (settings: Partial<TrainConfig>, hooks?: TrainHooks): Promise<TrainResult>;
  (settings: Settings & { readonly model: string }, hooks?: TrainHooks): Promise<TrainResult>;
} = trainAny;
/** See `resumedConfig` in run/resume.ts. */
export const resumedConfig = asLibrarySync(resumedByCommand);
/** See `translate` in translate/translate.ts. */
export const translate = asLibrary((options: TranslateOptions, hooks: TranslateHooks = {}) =>
  translateByCommand(options, withLibraryMessages(hooks)),
);
/** See `evaluate` in evaluate/evaluate.ts. */
export const evaluate = asLibrary((options: EvaluateOptions, hooks: EvaluateHooks = {}) =>
  evaluateByCommand(options, withLibraryMessages(hooks)),
);
/** See `sample` in sample/sample.ts. */
export const sample = asLibrary((options: SamplingOptions, hooks: SampleHooks = {}): Promise<SampleResult> => sampleByCommand(options, hooks));
/** See `look` in look/look.ts. */
export const look = asLibrary((options: LookOptions, hooks: LookHooks = {}): Promise<LookResult> => lookByCommand(options, withLibraryMessages(hooks)));
/** See `compareRuns` in report/comparison/compare-runs.ts. */
export const compareRuns = asLibrary(compareByCommand);
/** See `evaluateSegmentation` in evaluate/segmentation.ts. */
export const evaluateSegmentation = asLibrary((options: EvaluateOptions, hooks: EvaluateHooks = {}) =>
  evaluateSegmentationByCommand(options, withLibraryMessages(hooks)),
);
/** See `loadGenerator` in translate/find-generator.ts. */
export const loadGenerator = asLibrary(loadGeneratorByCommand);
/** See `loadWeights` in run/weights.ts. */
export const loadWeights = asLibrary(loadByCommand);
/** See `saveWeights` in run/weights.ts. */
export const saveWeights = asLibrary(saveByCommand);
/** See `convertWeights` in weights/convert.ts. */
export const convertWeights = asLibrary(convertByCommand);
/** See `inspectWeights` in weights/inspect.ts. */
export const inspectWeights = asLibrary(inspectByCommand);
export type { LookHooks, LookOptions, LookResult, SampleHooks, SampleResult, SamplingOptions, TrainHooks, TrainResult };
export type { CompareOptions, ComparedRuns } from "./report/comparison/compare-runs.js";
export type { SampleProgress } from "./sample/sample.js";
export type { TranslateResult } from "./translate/translate.js";
export type { TranslateHooks, TranslateProgress } from "./translate/translation.js";
export type { TranslateOptions } from "./translate/plan.js";

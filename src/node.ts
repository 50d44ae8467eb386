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
export { readLaunch, type Launch } from "./distributed/launch.js";
export { joinRanks, type JoinHooks } from "./distributed/rendezvous.js";
export { RankError } from "./distributed/rank-error.js";
export type { Ranks } from "./distributed/process-group.js";
export { followRanks } from "./training/follow.js";
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
/**
 * Trains a model and writes its run folder: settings, log, samples, weights, checkpoints and page. Returns when the training ends.
 *
 * `dataroot`, or `a` and `b`, are required; other settings have defaults. `model` selects another model than CycleGAN, which has its
 * own options. Throws as `train` in training/train.ts says.
 */
export const train: {
  (settings: Partial<TrainConfig>, hooks?: TrainHooks): Promise<TrainResult>;
  (settings: Settings & { readonly model: string }, hooks?: TrainHooks): Promise<TrainResult>;
} = trainAny;
/** The settings of the run in a folder, with changes, for `train` with `resume`. Throws a CheckpointError if there is no run. */
export const resumedConfig = asLibrarySync(resumedByCommand);
/** Translates files, folders or patterns of images with a trained model. Throws as `translate` in translate/translate.ts says. */
export const translate = asLibrary((options: TranslateOptions, hooks: TranslateHooks = {}) =>
  translateByCommand(options, withLibraryMessages(hooks)),
);
/** Measures the generators of a run or of files on test images. Throws as `evaluate` in evaluate/evaluate.ts says. */
export const evaluate = asLibrary((options: EvaluateOptions, hooks: EvaluateHooks = {}) =>
  evaluateByCommand(options, withLibraryMessages(hooks)),
);
/** Makes images of noise, with a picture of all of them. Throws as `sample` in sample/sample.ts says. */
export const sample = asLibrary((options: SamplingOptions, hooks: SampleHooks = {}): Promise<SampleResult> => sampleByCommand(options, hooks));
/** Shows what the channels of a trained network respond to, as a page and a picture. Throws as `look` in look/look.ts says. */
export const look = asLibrary((options: LookOptions, hooks: LookHooks = {}): Promise<LookResult> => lookByCommand(options, withLibraryMessages(hooks)));
/** Puts runs on one page: metrics, settings that differ, samples and curves. Throws as `compareRuns` in report/comparison/compare-runs.ts says. */
export const compareRuns = asLibrary(compareByCommand);
/** Measures an FCN on test images with labels. Throws as `evaluateSegmentation` in evaluate/segmentation.ts says. */
export const evaluateSegmentation = asLibrary((options: EvaluateOptions, hooks: EvaluateHooks = {}) =>
  evaluateSegmentationByCommand(options, withLibraryMessages(hooks)),
);
/** Loads the generator for a direction from a run or a file of weights. Throws a UsageError for the epoch, a CheckpointError for the weights. */
export const loadGenerator = asLibrary(loadGeneratorByCommand);
/** Overwrites the parameters of a network with those of a .safetensors or .pth file. Throws a CheckpointError for the file. */
export const loadWeights = asLibrary(loadByCommand);
/** Writes the weights of a network, as .safetensors, .pth or .onnx. Throws a UsageError for another extension, a CheckpointError if it cannot write. */
export const saveWeights = asLibrary(saveByCommand);
/** Writes the tensors of a file in another format. Throws a UsageError for the extension, a CheckpointError for a file or a value. */
export const convertWeights = asLibrary(convertByCommand);
/** Describes what a .pth or .safetensors file holds. Throws a CheckpointError if it cannot be read. */
export const inspectWeights = asLibrary(inspectByCommand);
export type { LookHooks, LookOptions, LookResult, SampleHooks, SampleResult, SamplingOptions, TrainHooks, TrainResult };
export type { CompareOptions, ComparedRuns } from "./report/comparison/compare-runs.js";
export type { SampleProgress } from "./sample/sample.js";
export type { TranslateResult } from "./translate/translate.js";
export type { TranslateHooks, TranslateProgress } from "./translate/translation.js";
export type { TranslateOptions } from "./translate/plan.js";

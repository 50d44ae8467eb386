/**
 * The contract of a model: everything that training, the run's folder, its page and translation know about it. A model is one
 * folder under `models/` with a `ModelDefinition` that is listed in `models/index.ts`.
 */
import type { Batch, DatasetKind, Direction } from "../data/dataset.js";
import type { ImageBatch, MaskedImage } from "../data/image.js";
import type { LabelClasses } from "../data/label-classes.js";
import type { ProcessGroup } from "../distributed/process-group.js";
import type { Gpu } from "../gpu/gpu.js";
import type { Better } from "../better.js";
import type { ParameterSet } from "../nn/module.js";
import type { Random } from "../random.js";
import type { OptionAlias, OptionTable } from "./options.js";
import type { TrainerState } from "./parts/state.js";

/** The weighted losses of a step by name. A loss that the step leaves out is 0. */
export type Losses = Readonly<Record<string, number>>;

/** The images of a step by name. Images that the step does not make are absent. */
export type Visuals = Readonly<Partial<Record<string, ImageBatch>>>;

/** Measurements on held-out images, by name. */
export type Metrics = Readonly<Record<string, number>>;

/** Test images by side, at the size at which networks are measured. Those of the sides in `dataset.masks` may have masks. */
export type HeldOutImages<Side extends string = string> = Readonly<Record<Side, readonly MaskedImage[]>>;

/** The moment at which a step begins. */
export interface StepTime {
  /** From 1. */
  readonly step: number;
  /** From 1. */
  readonly epoch: number;
  /** The learning rate of this step. */
  readonly lr: number;
}

/** A row of the sample grid: names of visuals, and the headings over them on the page. */
export interface VisualRow {
  readonly visuals: readonly string[];
  readonly headings: readonly string[];
}

/** A chart of a run's page: losses or metrics over the steps. */
export interface Chart {
  readonly title: string;
  readonly note: string;
  readonly source: "log" | "metrics";
  readonly keys: readonly string[];
  /** Whether the page may smooth it. Exact values, such as a learning rate, must not be smoothed. */
  readonly smooth: boolean;
}

/** Recognises signs of trouble in a training. Each method returns messages that say what to try. */
export interface Watch {
  /** Takes the losses of a logged step. */
  losses(step: number, losses: Losses): readonly string[];
  /** Takes the images of a step that is shown. */
  images(step: number, images: Visuals): readonly string[];
  /** Takes the held-out metric. */
  metric(step: number, value: number): readonly string[];
}

/** A model in training, on a device. */
export interface Model<Side extends string = string> {
  /** Sets what changes over time: learning rates, weights of losses, warm-up. Called before each step. */
  schedule(time: StepTime): void;
  /**
   * One optimisation step. Resolves when the device has at most this step left to do.
   *
   * Throws a NonFiniteError if the step before left NaN or infinity.
   */
  step(batch: Batch<Side>): Promise<void>;
  /** The losses of the newest step. Waits for the device; throws as the next `step` would. */
  losses(): Promise<Losses>;
  /** The images of the newest step. Waits for the device. */
  visuals(): Promise<Visuals>;
  /**
   * What the model makes of images that it does not learn from, by the names of `visuals`. Changes nothing in the training
   * and draws none of its random numbers. Absent: sample grids show the images of the step.
   */
  show?(images: Batch<Side>): Promise<Visuals>;
  /** The networks whose weights are kept, by name. */
  readonly weights: Readonly<Record<string, ParameterSet>>;
  /** All that `restore` needs to continue to the same bits. Waits for the device; throws as the next `step` would. */
  state(): Promise<TrainerState>;
  /** Continues from a state. Throws a ShapeError, and changes nothing, if it was taken with other options. */
  restore(state: TrainerState): void;
  /** Prepares measurements on held-out images. They change nothing in the training and draw none of its random numbers. */
  evaluation?(images: HeldOutImages<Side>): () => Promise<Metrics>;
  /** Releases all device memory. */
  dispose(): void;
}

/** The settings of a run, as in its config.json. Those of the model have been checked against its table. */
export type Settings = Readonly<Record<string, unknown>>;

/** A kind of model. `Options`: the options of its table, and those of the training that it reads. */
export interface ModelDefinition<Options = Settings, Side extends string = string> {
  /** The name for `--model`. */
  readonly name: string;
  /** The name as people write it. */
  readonly title: string;
  /** One line for `--help`. */
  readonly summary: string;
  /** Its own options by heading, with defaults and help. They are defined only here. */
  readonly optionGroups: Readonly<Record<string, OptionTable>>;
  /** Defaults of options that all models share, where this model has others. */
  readonly defaults?: Settings;
  /** Other names of options, such as the reference's. */
  readonly aliases?: Readonly<Record<string, OptionAlias>>;
  /** The names of its own options and aliases that the short help shows; by default all of its options. */
  readonly essentialOptions?: readonly string[];
  readonly dataset: DatasetKind<Side>;
  /** Whether it learns only inside of masks, on the sides that `dataset.masks` names. Default: it takes no masks. */
  readonly takesMasks?: true;
  /** Whether it averages the gradients of the parts of a batch, `microBatches`. Default: it takes only whole batches. */
  readonly takesMicroBatches?: true;
  /** Names of the losses in the order of the log. */
  readonly losses: readonly string[];
  /** The charts of its losses and metrics, in the page's order. */
  readonly charts: readonly Chart[];
  /** The metric that decides which weights are the best. If absent, no best weights are kept. */
  readonly metric?: string;
  /** Which values of the metric are better; default lower. */
  readonly better?: Better;
  /** The option for the number of images of each side in a pool. Dry runs count these images instead of filling the pools. */
  readonly poolOption?: string;
  /** Throws a UsageError if values that are valid separately do not fit together. */
  check?(options: Options): void;
  /** Sides of images must be multiples of `multiple` and at least `least`, in pixels. */
  imageSides(options: Options): { readonly multiple: number; readonly least: number };
  /** Channels of each side's images. */
  channels(options: Options): Readonly<Record<Side, number>>;
  /** The classes of the side that `dataset.labels` names. */
  classes?(options: Options): LabelClasses;
  /** The rows of a run's sample grids, the same for all its steps. */
  visuals(options: Options): readonly VisualRow[];
  /** The network that translates in each direction, by its name in `weights`; none if it makes images from noise. */
  translators(options: Options): Readonly<Partial<Record<Direction, string>>>;
  /** The network that makes images from noise, by its name in `weights`. */
  readonly sampler?: string;
  /** For each network, the option that names the file of weights that it starts from. */
  readonly startingWeights?: Readonly<Record<string, string>>;
  /** Builds the networks with their first weights, and the optimizers. `group`: the processes that share the micro-batches. */
  create(gpu: Gpu, options: Options, random: Random, group?: ProcessGroup): Model<Side>;
  /** Warnings that are specific to this model. */
  watch?(options: Options, totalSteps: number): Watch;
}

/** The options of a run: those that every model shares, and those of its model, which join them in config.json. */
import { preprocessKinds } from "../data/transform.js";
import { VALUE_RANGE_HELP } from "../data/value-range.js";
import { UsageError } from "../errors.js";
import { defaultModel, modelNamed } from "../models/index.js";
import type { ModelDefinition, Settings } from "../models/model.js";
import { changeable, choice, limit, parseOptions, percent, real, text, toggle, valueRange, valuesOf, whole } from "../models/options.js";
import type { OptionTable, ValuesOf } from "../models/options.js";
import { nearest } from "./nearest.js";

const data = {
  dataroot: changeable(text("", "folder", "data set: a folder with the model's images, such as trainA and trainB")),
  a: changeable(text("", "folder", "images of domain A; with --b, in place of --dataroot")),
  b: changeable(text("", "folder", "images of domain B")),
  holdOut: percent(5, "percent of the images in --a and --b, or in a folder without train and test, that are held out for measuring, chosen by --seed"),
  maskDir: changeable(text("", "folder", "masks, in the folders of the data set: pixels that are black there keep their value and are not learnt from")),
  direction: choice("AtoB", ["AtoB", "BtoA"], "BtoA swaps the two domains"),
  preprocess: choice(
    "resize_and_crop",
    preprocessKinds,
    "how an image becomes network input",
  ),
  loadSize: whole(286, 4, "resize images to this size, in pixels"),
  cropSize: whole(256, 4, "cut a random square of this size out of the resized image, in pixels"),
  flip: toggle(true, "do not mirror images at random"),
  serialBatches: toggle(false, "take the images in order, not at random"),
  batchSize: whole(1, 1, "images of each domain in a step"),
  microBatches: whole(1, 1, "equal parts of a batch whose gradients are averaged; only one of them is in memory at a time"),
  maxDatasetSize: limit(0, "use at most this many images of a domain; 0: all"),
  maxPixels: whole(2 ** 26, 1, "the most pixels that an image may have; a larger one is left out"),
  ignoreIcc: toggle(false, "use colours as they are stored, as the reference does, instead of converting them to sRGB by the file's ICC profile"),
  valueRange: valueRange(VALUE_RANGE_HELP),
  strict: changeable(toggle(false, "end with an error at an image that cannot be used, which is otherwise named and left out")),
  numThreads: changeable(whole(4, 0, "threads that decode images; 0: decode in the training thread")),
};

const run = {
  name: changeable(text("experiment_name", "name", "name of the run")),
  runsDir: changeable(text("runs", "folder", "where runs live; this one in <runs-dir>/<name>")),
  overwrite: changeable(toggle(false, "replace a run of the same name")),
  printFreq: changeable(whole(100, 1, "images between log lines")),
  displayFreq: changeable(whole(400, 1, "images between sample grids")),
  sampleImages: changeable(whole(2, 0, "test images of each domain that every sample grid shows; 0: the images of the step")),
  sampleBatch: changeable(toggle(false, "also show the images of the step in every sample grid")),
  saveLatestFreq: changeable(whole(5000, 1, "images between saves of the latest weights")),
  saveEpochFreq: changeable(whole(5, 1, "epochs between saves of weights that are kept")),
  savePth: changeable(toggle(false, "also save weights as .pth files, which PyTorch and the reference load")),
  keepLast: changeable(whole(2, 1, "newest checkpoints that are kept to resume from")),
  evalFreq: changeable(whole(2000, 0, "images between measurements on test images, if the data set has them; 0: none")),
  evalImages: limit(50, "test images of each domain that are measured; 0: all"),
  tensorboard: changeable(toggle(false, "also write event files for TensorBoard into <run>/tensorboard")),
  lossLog: changeable(toggle(false, "also write <run>/loss_log.txt, the log in the reference's format")),
  adapter: changeable(text("auto", "which", "auto | hardware | software | a number that doctor shows | part of a name")),
  tune: toggle(false, "measure once which kernels are fastest on this device; results change within rounding"),
};

const training = {
  nEpochs: changeable(whole(100, 0, "epochs at the full learning rate")),
  nEpochsDecay: changeable(whole(100, 0, "further epochs in which the linear policy brings it down")),
  epochCount: whole(1, 1, "number of the first epoch, for a training that starts from weights of an earlier one"),
  maxSteps: changeable(limit(0, "stop after this many steps; 0: after the last epoch")),
  lr: changeable(real(2e-4, { min: 0, above: true }, "learning rate of Adam")),
  lrPolicy: changeable(
    choice(
      "linear",
      ["linear", "step", "cosine", "constant", "plateau"],
      "how the learning rate falls; plateau: to a fifth after 6 epochs in which the held-out metric has not improved by 1 %",
    ),
  ),
  lrDecayIters: changeable(whole(50, 1, "epochs after which the step policy multiplies the learning rate by 0.1, each time")),
  maxRestores: changeable(whole(3, 0, "returns to the last checkpoint after NaN or infinity; the images at fault are then left out")),
  seed: whole(0, 0, "the same seed on the same adapter gives the same run"),
  overfitBatch: toggle(false, "train on the first batch again and again: the first thing to try if nothing is learnt"),
};

const shared = { model: text(defaultModel, "name", "what is trained"), ...data, ...run, ...training };

/** The settings that every model shares. */
export type SharedSettings = ValuesOf<typeof shared>;

/** All settings of a run, as in its config.json: the shared ones, and those of its model. */
export type TrainConfig = SharedSettings & Settings;

/** The options that every model shares, by their heading in the help of `train`. */
export const sharedGroups: Readonly<Record<string, OptionTable>> = {
  "Data:": data,
  "Run:": run,
  "Training:": training,
};

const essential: readonly (keyof SharedSettings)[] = [
  "dataroot", "a", "b", "name", "direction", "loadSize", "cropSize", "preprocess", "batchSize", "nEpochs", "nEpochsDecay", "maxSteps",
  "overwrite", "adapter",
];

/** The names of the options that the short help of `train` shows. */
export function essentialOptions({ essentialOptions: own, optionGroups }: ModelDefinition): readonly string[] {
  return [...essential, ...(own ?? Object.values(optionGroups).flatMap((table) => Object.keys(table)))];
}

/** The options of a model, by their heading in the help of `train`. */
export function modelGroups({ title, optionGroups }: ModelDefinition): Readonly<Record<string, OptionTable>> {
  return Object.fromEntries(Object.entries(optionGroups).map(([heading, table]) => [`${title} ${heading}:`, table]));
}

/** All options for training a model, by their heading in the help of `train`, with the model's defaults. */
export function allGroups(model: ModelDefinition): Readonly<Record<string, OptionTable>> {
  const groups = Object.entries(sharedGroups).map(([heading, table]) => [heading, withDefaults(table, model)]);
  return { ...Object.fromEntries(groups), ...modelGroups(model) };
}

function withDefaults(table: OptionTable, { defaults = {} }: ModelDefinition): OptionTable {
  return Object.fromEntries(Object.entries(table).map(([key, spec]) => [key, key in defaults ? { ...spec, initial: defaults[key] } : spec]));
}

/** Every option for training this model, by its name in a configuration. */
export function optionsOf(model: ModelDefinition): OptionTable {
  return Object.assign({}, withDefaults(shared, model), ...Object.values(model.optionGroups));
}

/** The model that settings are for. */
export function modelOf(settings: Settings): ModelDefinition {
  return modelNamed(settings["model"] ?? defaultModel);
}

/**
 * The network of a run that translates in this direction of the data set, by its name; undefined if it has none. With `direction: "BtoA"`,
 * the model's A is the data set's B.
 */
export function translatorOf(config: TrainConfig, direction: "AtoB" | "BtoA"): string | undefined {
  return modelOf(config).translators(config)[direction === config.direction ? "AtoB" : "BtoA"];
}

/** A full configuration from some values and the defaults of the others. Throws a UsageError that names a wrong value. */
export function trainConfig(given: Settings): TrainConfig {
  const { optionGroups, defaults } = modelOf(given);
  const own = Object.assign({}, ...Object.values(optionGroups));
  return { ...parseOptions(shared, { ...defaults, ...given }), ...valuesOf(own, given) };
}

/** Throws a UsageError, which begins with `where`, for a name that no option of the model has. */
export function checkSettingNames(settings: Settings, where: string): void {
  const names = Object.keys(optionsOf(modelOf(settings)));
  const unknown = Object.keys(settings).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const like = nearest(unknown, names);
  throw new UsageError(
    `${where}: there is no setting "${unknown}".` +
      (like === undefined ? " Settings are named as in a run's config.json." : ` Did you mean "${like}"?`),
  );
}

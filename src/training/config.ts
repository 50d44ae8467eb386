import { augmentationNames } from "../models/parts/diff-augment.js";
import { defaultOptions } from "../models/cyclegan/options.js";
import { channels, choice, limit, list, text, toggle, valuesOf, whole, real } from "../models/option-spec.js";
import type { OptionTable, ValuesOf } from "../models/option-spec.js";

// Names and defaults are the reference's; the parameters of the networks come from the model's own defaults.

const data = {
  dataroot: text("", "folder", "data set: a folder with trainA and trainB (required)"),
  direction: choice("AtoB", ["AtoB", "BtoA"], "BtoA swaps the two domains"),
  preprocess: choice(
    "resize_and_crop",
    ["resize_and_crop", "crop", "scale_width", "scale_width_and_crop", "none"],
    "how an image becomes network input",
  ),
  loadSize: whole(286, 4, "resize images to this size (pixels)"),
  cropSize: whole(256, 4, "then cut out a random square of this size (pixels)"),
  flip: toggle(true, "do not mirror images at random"),
  serialBatches: toggle(false, "take the images in order, not at random"),
  batchSize: whole(1, 1, "images of each domain in a step"),
  maxDatasetSize: limit(0, "use at most so many images of a domain; 0: all"),
  numThreads: whole(4, 0, "threads that decode images; 0: decode in the training thread"),
};

const networks = {
  inputNc: channels(defaultOptions.inputNc, "channels of domain A"),
  outputNc: channels(defaultOptions.outputNc, "channels of domain B"),
  ngf: whole(defaultOptions.ngf, 1, "width of the generators; multiples of 4 are fastest"),
  nBlocks: whole(defaultOptions.nBlocks, 1, "residual blocks in a generator"),
  ndf: whole(defaultOptions.ndf, 1, "width of the discriminators"),
  netD: choice(defaultOptions.netD, ["basic", "n_layers", "pixel"], "discriminator; basic is n_layers with 3"),
  nLayersD: whole(defaultOptions.nLayersD, 1, "layers of an n_layers discriminator"),
  norm: choice("instance", ["instance", "batch", "none"], "normalisation"),
  initType: choice(
    defaultOptions.initType,
    ["normal", "xavier", "kaiming", "orthogonal"],
    "distribution of the first weights",
  ),
  initGain: real(defaultOptions.initGain, { min: 0, above: true }, "its scale"),
};

const start = {
  initGA: text("", "file", "weights (.safetensors or .pth) that generator A → B starts from"),
  initGB: text("", "file", "the same for B → A"),
  initDA: text("", "file", "the same for the discriminator of domain B, D_A"),
  initDB: text("", "file", "the same for the discriminator of domain A, D_B"),
  dWarmup: whole(0, 0, "first steps that teach the discriminators alone, the generators standing still"),
};

const training = {
  nEpochs: whole(100, 0, "epochs at the full learning rate"),
  nEpochsDecay: whole(100, 0, "further epochs in which the linear policy brings it down"),
  maxSteps: limit(0, "stop after so many steps; 0: after the last epoch"),
  lr: real(defaultOptions.lr, { min: 0, above: true }, "learning rate of Adam"),
  beta1: real(defaultOptions.beta1, { min: 0, max: 0.9999 }, "momentum of Adam"),
  lrPolicy: choice("linear", ["linear", "step", "cosine", "constant"], "how the learning rate falls"),
  lrDecayIters: whole(50, 1, "the step policy multiplies it by 0.1 each so many epochs"),
  checkpointActivations: toggle(
    defaultOptions.checkpointActivations,
    "keep few activations of the generators and compute the others again: less memory, a third more time",
  ),
  maxRestores: whole(3, 0, "returns to the last checkpoint after NaN or infinity, whose images are then left out"),
  seed: whole(0, 0, "the same seed on the same adapter gives the same run"),
};

const losses = {
  ganMode: choice(defaultOptions.ganMode, ["lsgan", "vanilla"], "adversarial loss"),
  lambdaA: real(defaultOptions.lambdaA, { min: 0 }, "weight of the cycle loss A → B → A"),
  lambdaB: real(defaultOptions.lambdaB, { min: 0 }, "weight of the cycle loss B → A → B"),
  lambdaIdentity: real(
    defaultOptions.lambdaIdentity,
    { min: 0 },
    "weight of the identity losses, relative to the cycle weights; 0: none",
  ),
  poolSize: whole(defaultOptions.poolSize, 0, "generated images remembered for the discriminators; 0: none"),
};

const smallData = {
  spectralNorm: toggle(defaultOptions.spectralNorm, "divide the discriminators' weights by their largest singular values"),
  identityEpochs: whole(0, 0, "epochs over which the weight of the identity losses falls to 0; 0: it stays"),
  upsample: choice(
    defaultOptions.upsample,
    ["conv-transpose", "resize-conv"],
    "how generators double an image; resize-conv leaves no checkerboard",
  ),
  ema: real(defaultOptions.ema, { min: 0, max: 0.99999 }, "decay of averages of the generators, which then translate, as 0.999; 0: none"),
  diffaugment: list(augmentationNames, "change at random what the discriminators see, as color,translation,cutout"),
};

const output = {
  name: text("experiment_name", "name", "name of the run"),
  runsDir: text("runs", "folder", "where runs live; this one in <runs-dir>/<name>"),
  overwrite: toggle(false, "replace a run of the same name"),
  printFreq: whole(100, 1, "images between log lines"),
  displayFreq: whole(400, 1, "images between sample grids"),
  saveLatestFreq: whole(5000, 1, "images between saves of the latest weights"),
  saveEpochFreq: whole(5, 1, "epochs between saves of weights that are kept"),
  keepLast: whole(2, 1, "newest checkpoints to resume from that are kept"),
  evalFreq: whole(2000, 0, "images between measurements on testA and testB, where the data set has them; 0: none"),
  evalImages: limit(50, "test images of each domain that are measured; 0: all"),
  tensorboard: toggle(false, "write event files for TensorBoard into <run>/tensorboard, too"),
  adapter: text("auto", "which", "auto | hardware | software | a number that doctor shows | part of a name"),
  tune: toggle(false, "measure once which kernels are fastest on this device; results change within rounding"),
};

/** The options of `cyclegan train` by the heading they stand under in its help. */
export const optionGroups: Readonly<Record<string, OptionTable>> = {
  "Data:": data,
  "Run:": output,
  "Training:": training,
  "Networks:": networks,
  "Fine-tuning:": start,
  "Losses:": losses,
  "Small data:": smallData,
};

type Table = typeof data & typeof networks & typeof start & typeof training & typeof losses & typeof smallData & typeof output;
const table: Table = { ...data, ...output, ...training, ...networks, ...start, ...losses, ...smallData };

/** All settings of a run; the content of its config.json. */
export type TrainConfig = ValuesOf<Table>;

/** The options by their names in a configuration. */
export const trainOptions: OptionTable = table;

function isTrainConfig(values: Readonly<Record<string, unknown>>): values is TrainConfig {
  return Object.entries(table).every(([key, spec]) => spec.accepts(values[key]));
}

/** A full configuration from some of its values, the rest by default; throws a UsageError that names a wrong value. */
export function trainConfig(given: Readonly<Record<string, unknown>>): TrainConfig {
  const values = valuesOf(table, given);
  if (!isTrainConfig(values)) throw new TypeError("valuesOf checks every value");
  return values;
}

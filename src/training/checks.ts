/** Checks of settings and folders that need no device. */
import { datasetAt, findImages, refuseIncomplete } from "../data/image-folder.js";
import { UsageError } from "../errors.js";
import type { ModelDefinition } from "../models/model.js";
import { checkRunFolder } from "../run/folder.js";
import { checkResume, hasSavedNothing } from "../run/resume.js";
import { modelOf, type TrainConfig } from "../run/options.js";
import { checkPlateau } from "./images.js";
import { checkStartingWeights } from "./starting-weights.js";

/**
 * Throws for everything that can be found to be wrong without a device: the settings, the run's name, the folders and, with
 * `resume`, settings that do not fit the run's checkpoint. `worldSize`: the processes that train. Writes nothing.
 */
export function checkTraining(config: TrainConfig, resume = false, worldSize = 1): void {
  const model = modelOf(config);
  checkConfig(config);
  checkProcesses(config, worldSize, resume);
  const anew = resume && hasSavedNothing(config);
  if (resume && !anew) checkResume(config);
  else {
    checkRunFolder(anew ? { ...config, overwrite: true } : config);
    checkStartingWeights(model, config);
  }
  const dataset = datasetAt(model.dataset, config);
  findImages(dataset, config, "train");
  if (config.strict) refuseIncomplete(dataset, config, "train");
  checkPlateau(config);
}

/** Throws a UsageError if values that are valid separately do not fit together. */
export function checkConfig(config: TrainConfig): void {
  const { preprocess, cropSize, loadSize, nEpochs, nEpochsDecay, epochCount } = config;
  const model = modelOf(config);
  checkLocation(model, config);
  checkMasks(model, config);
  checkMicroBatches(model, config);
  model.check?.(config);
  if (nEpochs + nEpochsDecay === 0) {
    throw new UsageError("--n-epochs and --n-epochs-decay must not both be 0. Training needs at least one epoch.");
  }
  if (epochCount > nEpochs + nEpochsDecay) {
    throw new UsageError(`--epoch-count: expected at most the last epoch, ${nEpochs + nEpochsDecay}, got ${epochCount}. Raise --n-epochs to train longer.`);
  }
  if (preprocess.endsWith("crop")) checkCrop(model, config);
  if (preprocess.endsWith("_crop") && cropSize > loadSize) {
    throw new UsageError(`--crop-size: expected at most the --load-size of ${loadSize}, got ${cropSize}.`);
  }
}

/** Throws a UsageError unless the settings say where the images are, in one way. */
function checkLocation({ dataset }: ModelDefinition, { dataroot, a, b }: TrainConfig): void {
  const folders = Object.values(dataset.folders("train"));
  const apart = Object.values((dataset.apart ?? dataset).folders("train"));
  const isTwo = apart.length === 2;
  const inside = `${folders.join(" and ")}${dataset.apart && isTwo ? `, or ${apart.join(" and ")}` : ""}`;
  if ((a === "") !== (b === "")) throw new UsageError(`--a and --b only work together: name a folder for each domain.`);
  if (a !== "" && dataroot !== "") throw new UsageError("--dataroot cannot be combined with --a and --b, which take its place.");
  if (a !== "" && !isTwo) throw new UsageError("--a and --b only work for a model with a folder of images for each domain.");
  if (a === "" && dataroot === "") {
    const other = isTwo ? "Or name two folders with --a and --b." : "Or name a folder of images.";
    throw new UsageError(`--dataroot: expected a folder that contains ${inside}, got none. ${other}`);
  }
}

/** Throws a UsageError for masks that the model does not take, or that would have no meaning. */
function checkMasks(model: ModelDefinition, config: TrainConfig): void {
  if (config.maskDir === "") return;
  if (!model.takesMasks) throw new UsageError(`--mask-dir does not work with ${model.title}, which takes no masks.`);
  const [inputNc, outputNc] = Object.values(model.channels(config));
  if (inputNc === outputNc) return;
  throw new UsageError(
    `--mask-dir: expected as many output as input channels, since pixels outside keep their value, got ${inputNc} and ${outputNc}. ` +
      "With 3, gray images are read as RGB.",
  );
}

/** Throws a UsageError for what several processes cannot share, or cannot do. */
function checkProcesses({ microBatches, tune }: TrainConfig, worldSize: number, resume: boolean): void {
  if (microBatches % worldSize !== 0) {
    const advice = resume ? " A run that continues keeps its --micro-batches, so use another number of processes." : "";
    throw new UsageError(`--micro-batches: expected a multiple of the ${worldSize} processes, which share them, got ${microBatches}.${advice}`);
  }
  if (worldSize > 1 && tune) throw new UsageError("--tune measures on a single process. Measure first with cyclegan tune.");
}

/** Throws a UsageError for micro-batches that the model does not take, or into which the batch cannot be divided. */
function checkMicroBatches(model: ModelDefinition, { microBatches, batchSize, preprocess, norm, spectralNorm }: TrainConfig): void {
  if (microBatches === 1) return;
  if (!model.takesMicroBatches) throw new UsageError(`--micro-batches does not work with ${model.title}, which takes only whole batches.`);
  if (norm === "batch") {
    throw new UsageError("--micro-batches does not work with --norm batch, whose statistics are of the whole batch. Use --norm instance.");
  }
  if (spectralNorm === true) throw new UsageError("--micro-batches does not work with --spectral-norm, whose estimate changes with every pass.");
  if (batchSize % microBatches !== 0) {
    throw new UsageError(`--batch-size: expected a multiple of the ${microBatches} --micro-batches, got ${batchSize}. It is that of the whole step.`);
  }
  if (preprocess.endsWith("crop")) return;
  throw new UsageError("--micro-batches needs images of one size. Use a --preprocess that crops.");
}

function checkCrop(model: ModelDefinition, config: TrainConfig): void {
  const { multiple, least } = model.imageSides(config);
  if (config.cropSize % multiple !== 0) {
    throw new UsageError(`--crop-size: expected a multiple of ${multiple}, which the networks need, got ${config.cropSize}.`);
  }
  if (config.cropSize < least) {
    throw new UsageError(
      `--crop-size: expected at least ${least} for these networks, got ${config.cropSize}. ` +
        "Use a larger crop, or a shallower discriminator: --net-d n_layers --n-layers-d 1.",
    );
  }
}

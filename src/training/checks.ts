/** Checks of settings and folders that need no device. */
import { statSync } from "node:fs";
import { findImages } from "../data/image-folder.js";
import { CheckpointError, UsageError } from "../errors.js";
import type { ModelDefinition } from "../models/model.js";
import { checkRunFolder } from "../run/folder.js";
import { checkResume, hasSavedNothing } from "../run/resume.js";
import { modelOf, type TrainConfig } from "../run/options.js";

/**
 * Throws for everything that can be found to be wrong without a device: the settings, the run's name, the folders and, with
 * `resume`, settings that do not fit the run's checkpoint. Writes nothing.
 */
export function checkTraining(config: TrainConfig, resume = false): void {
  const model = modelOf(config);
  checkConfig(config);
  const anew = resume && hasSavedNothing(config);
  if (resume && !anew) checkResume(config);
  else {
    checkRunFolder(anew ? { ...config, overwrite: true } : config);
    checkStartingWeights(model, config);
  }
  findImages(model.dataset, config.dataroot, "train");
}

/** Throws a UsageError if values that are valid separately do not fit together. */
export function checkConfig(config: TrainConfig): void {
  const { preprocess, cropSize, loadSize } = config;
  const model = modelOf(config);
  if (config.dataroot === "") {
    const folders = Object.values(model.dataset.folders("train")).join(" and ");
    throw new UsageError(`--dataroot: expected a folder that holds ${folders}, got none.`);
  }
  model.check?.(config);
  if (config.nEpochs + config.nEpochsDecay === 0) {
    throw new UsageError("--n-epochs and --n-epochs-decay must not both be 0. Training needs at least one epoch.");
  }
  if (preprocess.endsWith("crop")) checkCrop(model, config);
  if (preprocess.endsWith("_crop") && cropSize > loadSize) {
    throw new UsageError(`--crop-size: expected at most the --load-size of ${loadSize}, got ${cropSize}.`);
  }
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

/** Throws a CheckpointError if a file of weights to start from is missing. */
function checkStartingWeights(model: ModelDefinition, config: TrainConfig): void {
  for (const { path, flag } of model.startingWeights?.(config) ?? []) {
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) continue;
    throw new CheckpointError(`${flag} ${path}: expected a file of weights, got none there.`);
  }
}

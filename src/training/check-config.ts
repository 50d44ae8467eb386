import { UsageError } from "../errors.js";
import type { TrainConfig } from "./config.js";

/** Side of the smallest image that the discriminator still turns into one patch, in pixels. */
export function smallestCrop(config: Pick<TrainConfig, "netD" | "nLayersD">): number {
  if (config.netD === "pixel") return 8;
  // Each stride-2 layer halves the side; the two convolutions after them take one pixel each.
  return Math.max(8, 3 * 2 ** (config.netD === "basic" ? 3 : config.nLayersD));
}

/** Throws a UsageError when values that are fine alone do not fit together. */
export function checkConfig(config: TrainConfig): void {
  const { preprocess, cropSize, loadSize } = config;
  if (config.dataroot === "") {
    throw new UsageError("--dataroot: expected a folder that holds trainA and trainB, got none.");
  }
  if (config.lambdaIdentity > 0 && config.inputNc !== config.outputNc) {
    throw new UsageError(
      "--lambda-identity: expected 0 where --input-nc and --output-nc differ " +
        `(${config.inputNc} and ${config.outputNc}), got ${config.lambdaIdentity}.`,
    );
  }
  if (config.nEpochs + config.nEpochsDecay === 0) {
    throw new UsageError("--n-epochs: expected at least one epoch together with --n-epochs-decay, got 0.");
  }
  if (preprocess.endsWith("crop")) checkCrop(config);
  if (preprocess.endsWith("_crop") && cropSize > loadSize) {
    throw new UsageError(`--crop-size: expected at most the --load-size of ${loadSize}, got ${cropSize}.`);
  }
}

function checkCrop(config: TrainConfig): void {
  const smallest = smallestCrop(config);
  if (config.cropSize % 4 !== 0) {
    throw new UsageError(`--crop-size: expected a multiple of 4, which the generators need, got ${config.cropSize}.`);
  }
  if (config.cropSize < smallest) {
    throw new UsageError(
      `--crop-size: expected at least ${smallest} for this discriminator, got ${config.cropSize}. ` +
        "Use a larger crop, or a shallower one: --net-d n_layers --n-layers-d 1.",
    );
  }
}

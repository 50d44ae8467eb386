/** The settings of the demo. */
import { trainConfig, type TrainConfig } from "../run/options.js";
import type { EmojiSplit } from "./emoji.js";

/** The demo's data set, relative to the working directory. */
export const demoDataset = "datasets/emoji";

/** Side of the images, in pixels. */
export const demoSize = 32;

/** The options of the demo. */
export interface DemoChoices {
  readonly steps: number;
  readonly seed: number;
  readonly adapter: string;
}

/**
 * A run that is small enough for a software adapter: the reference's method with small networks and images.
 *
 * With this few steps, a higher learning rate gets further. A discriminator of two layers sees a whole 32×32 image (its
 * receptive field is 34 pixels). An identity loss with full weight keeps the colours of the few emoji that are not yellow.
 */
export function demoConfig({ steps, seed, adapter }: DemoChoices, split: EmojiSplit): TrainConfig {
  const stepsPerEpoch = Math.max(1, split.trainA.length, split.trainB.length);
  const epochs = Math.ceil(steps / stepsPerEpoch);
  const nEpochsDecay = Math.floor(epochs / 2);
  return trainConfig({
    name: "demo",
    overwrite: true,
    dataroot: demoDataset,
    loadSize: demoSize,
    cropSize: demoSize,
    numThreads: 1,
    ngf: 16,
    ndf: 32,
    nBlocks: 3,
    netD: "n_layers",
    nLayersD: 2,
    lambdaIdentity: 1,
    lr: 1e-3,
    nEpochs: epochs - nEpochsDecay,
    nEpochsDecay,
    maxSteps: steps,
    printFreq: 10,
    displayFreq: Math.max(1, Math.round(steps / 18)),
    evalFreq: Math.max(1, Math.round(steps / 5)),
    evalImages: 0,
    saveLatestFreq: steps + 1,
    saveEpochFreq: epochs + 1,
    seed,
    adapter,
  });
}

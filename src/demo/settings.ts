import { trainConfig, type TrainConfig } from "../run/options.js";
import type { EmojiSplit } from "./emoji.js";

/** The demo's folder, relative to where it is started. */
export const demoDataset = "datasets/emoji";

/** Side of the images, in pixels. */
export const demoSize = 32;

/** What the user of the demo may choose. */
export interface DemoChoices {
  readonly steps: number;
  readonly seed: number;
  readonly adapter: string;
}

/**
 * A training small enough for a software adapter: the reference's method, with small networks on small images.
 *
 * In so few steps a higher learning rate gets farther, a discriminator of two layers sees all of a 32×32 image at once
 * (34 pixels), and a full-weight identity loss keeps the colours of the few emoji that are not yellow.
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

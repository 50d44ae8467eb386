import type { ImageBatch } from "../../src/data/image.js";
import { defaultOptions, type CycleGANOptions, type Losses } from "../../src/models/cyclegan/options.js";
import type { CycleGANTrainer } from "../../src/models/cyclegan/trainer.js";
import type { Random } from "../../src/random.js";

/** The smallest networks that have all kinds of layers. */
export const small: CycleGANOptions = { ...defaultOptions, ngf: 4, ndf: 4, nBlocks: 1, netD: "n_layers", nLayersD: 1, poolSize: 2 };

/** An image of 12×16 pixels with random colours. */
export function batch(random: Random): ImageBatch {
  return { shape: [1, 12, 16, 3], data: Float32Array.from({ length: 576 }, () => 2 * random.uniform() - 1) };
}

/** Trains for some steps on random images, and returns the losses. */
export async function train(trainer: CycleGANTrainer, images: Random, steps: number): Promise<Losses> {
  for (let step = 0; step < steps; step++) await trainer.step({ A: batch(images), B: batch(images) });
  return trainer.losses();
}

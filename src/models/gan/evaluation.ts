/** Measures how far the images of a generator are from real ones that it was not trained on. */
import type { Image } from "../../data/image.js";
import { batchToImages } from "../../data/transform.js";
import type { Gpu } from "../../gpu/gpu.js";
import { patchDistance, sampleForDistance } from "../../metrics/sliced-wasserstein.js";
import type { Module } from "../../nn/module.js";
import type { Random } from "../../random.js";
import type { HeldOutImages } from "../model.js";
import { drawNoise, imagesOfNoise } from "../parts/noise.js";

/** A type rather than an interface, so that it is a `Metrics`. */
export type HeldOutMetrics = {
  /** Sliced Wasserstein distance × 10³ between as many samples as there are test images, and these; lower is better. */
  readonly swd: number;
};

/** Images that are made at once. */
const BATCH = 64;

/** Prepares the measurement. The same noise is used each time. */
export function evaluationOn(gpu: Gpu, generator: Module, nz: number, random: Random, { real }: HeldOutImages<"real">): () => Promise<HeldOutMetrics> {
  const patches = sampleForDistance(real);
  const z = drawNoise(random, real.length, nz);
  return async () => {
    const samples: Image[] = [];
    for (let from = 0; from < real.length; from += BATCH) {
      samples.push(...batchToImages(await imagesOfNoise(gpu, generator, z.subarray(from * nz, (from + BATCH) * nz), nz)));
    }
    return { swd: patchDistance(sampleForDistance(samples), patches).mean };
  };
}

/** Measures a CycleGAN's generators on images that it was not trained on. */
import type { Image } from "../../data/image.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { ImagePatches } from "../../metrics/patches.js";
import { patchDistance, sampleForDistance } from "../../metrics/sliced-wasserstein.js";
import type { Module } from "../../nn/module.js";
import type { HeldOutImages } from "../model.js";
import type { CycleGANOptions } from "./options.js";
import { roundTrips } from "../parts/round-trip.js";

/** A and B are the sides of the training, as in the losses. A type rather than an interface, so that it is a `Metrics`. */
export type HeldOutMetrics = {
  /** Sliced Wasserstein distance × 10³ between translations of B and real images of A; lower is better. */
  readonly swd_A: number;
  readonly swd_B: number;
  /** Mean of both. */
  readonly swd: number;
  /** Mean |rec − real| of A → B → A, images in [−1, 1]. Unlike the loss of that name, it is not weighted. */
  readonly cycle_A: number;
  readonly cycle_B: number;
};

/** Prepares the measurement of generators on test images. */
export function evaluationOn(
  gpu: Gpu,
  { norm }: Pick<CycleGANOptions, "norm">,
  { A, B }: HeldOutImages<"A" | "B">,
): (generators: Readonly<Record<"G_A" | "G_B", Module>>) => Promise<HeldOutMetrics> {
  const [realA, realB] = [sampleForDistance(A), sampleForDistance(B)];
  const batchable = norm !== "batch";
  const distance = (fakes: readonly Image[], real: ImagePatches): number => patchDistance(sampleForDistance(fakes), real).mean;
  return async ({ G_A, G_B }) => {
    const ofA = await roundTrips(gpu, { there: G_A, back: G_B, batchable }, A);
    const ofB = await roundTrips(gpu, { there: G_B, back: G_A, batchable }, B);
    const [swd_A, swd_B] = [distance(ofB.fakes, realA), distance(ofA.fakes, realB)];
    return { swd_A, swd_B, swd: (swd_A + swd_B) / 2, cycle_A: ofA.cycle, cycle_B: ofB.cycle };
  };
}

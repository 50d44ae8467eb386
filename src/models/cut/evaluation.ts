/** Measures CUT's generator on images that it was not trained on. */
import type { Gpu } from "../../gpu/gpu.js";
import { patchDistance, sampleForDistance } from "../../metrics/sliced-wasserstein.js";
import type { Module } from "../../nn/module.js";
import type { HeldOutImages } from "../model.js";
import { roundTrips } from "../parts/round-trip.js";

/** A type rather than an interface, so that it is a `Metrics`. */
export type HeldOutMetrics = {
  /** Sliced Wasserstein distance × 10³ between translations of A and real images of B; lower is better. */
  readonly swd: number;
};

/** Prepares the measurement on test images. */
export function evaluationOn(gpu: Gpu, generator: Module, { A, B }: HeldOutImages<"A" | "B">): () => Promise<HeldOutMetrics> {
  const real = sampleForDistance(B);
  return async () => {
    const { fakes } = await roundTrips(gpu, { there: generator, back: undefined, batchable: true }, A);
    return { swd: patchDistance(sampleForDistance(fakes), real).mean };
  };
}

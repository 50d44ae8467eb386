/** Measures the generator of pix2pix on pairs that it was not trained on. */
import type { Gpu } from "../../gpu/gpu.js";
import { pairedFigures } from "../../metrics/paired.js";
import type { Module } from "../../nn/module.js";
import type { HeldOutImages } from "../model.js";
import { roundTrips } from "../parts/round-trip.js";

/** Means over the pairs. A type rather than an interface, so that it is a `Metrics`. */
export type HeldOutMetrics = {
  /** Mean |fake B − B| with images in [−1, 1]; lower is better. */
  readonly l1: number;
  /** In dB; higher is better. */
  readonly psnr: number;
  /** At most 1; higher is better. Absent if an image is smaller than 11×11 pixels. */
  readonly ssim?: number;
};

/** Translates A and compares the results with B, pixel by pixel. Images without a partner are left out. */
export async function evaluationOn(gpu: Gpu, generator: Module, { A, B }: HeldOutImages<"A" | "B">): Promise<HeldOutMetrics> {
  const { fakes } = await roundTrips(gpu, { there: generator, back: undefined, batchable: true }, A.slice(0, B.length));
  return pairedFigures(fakes.flatMap((fake, index) => (B[index] ? [[fake, B[index]] as const] : [])));
}

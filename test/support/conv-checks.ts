import { expect } from "vitest";
import type { Gpu } from "../../src/gpu/gpu.js";
import type { ConvPass } from "../../src/ops/conv/pass.js";
import { WINOGRAD_AMPLIFICATION } from "../../src/ops/conv/winograd.js";
import { runPass, type ConvProblem } from "./conv-problem.js";

/** Fails unless a pass of `wholeProblem` by this variant gives the exact sums. */
export async function expectExact(gpu: Gpu, pass: ConvPass, variant: string, problem: ConvProblem, exact: Float64Array): Promise<void> {
  const got = await runPass(gpu, pass, variant, problem);
  const wrong = got.findIndex((value, i) => value !== exact[i]);
  expect(wrong, `${pass}, ${variant}: number ${wrong} is ${got[wrong]}, not ${exact[wrong]}`).toBe(-1);
}

/** A plain sum of n products of variance 1 rounds n partial sums of variance 1 … n to 2⁻²⁴ of them: √(n² / 2) · 2⁻²⁴ / √3. */
const deviation = (products: number): number => (products / Math.sqrt(6)) * 2 ** -24;
/** One of 16,000 values is expected beyond 4 deviations, and the largest result of a small problem has 14,000. */
const DEVIATIONS = 4;

/** Fails unless a pass of `normalProblem` by Winograd's way keeps within the rounding that is stated for it. */
export async function expectWithin(gpu: Gpu, pass: ConvPass, variant: string, problem: ConvProblem, exact: Float64Array): Promise<void> {
  const { n, channels, outHeight, outWidth, outChannels } = problem.g;
  // Reflection adds up to four places, of at most nine taps each.
  const products = { forward: 9 * channels, transposed: 36 * outChannels, weightGrad: n * outHeight * outWidth };
  const got = await runPass(gpu, pass, variant, problem);
  const error = exact.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (got[i] ?? Number.NaN))), 0);
  expect(error, `${pass}, ${variant}`).toBeLessThan(DEVIATIONS * WINOGRAD_AMPLIFICATION * deviation(products[pass]));
}

import { expect } from "vitest";
import type { Gpu } from "../../src/gpu/gpu.js";
import type { ConvPass } from "../../src/ops/conv/pass.js";
import { WINOGRAD_AMPLIFICATION } from "../../src/ops/conv/winograd.js";
import { runPass, type ConvProblem } from "./conv-problem.js";

/** Fails unless this variant computes the exact sums for a pass of `wholeProblem`. */
export async function expectExact(gpu: Gpu, pass: ConvPass, variant: string, problem: ConvProblem, exact: Float64Array): Promise<void> {
  const got = await runPass(gpu, pass, variant, problem);
  const wrong = got.findIndex((value, i) => value !== exact[i]);
  expect(wrong, `${pass}, ${variant}: element ${wrong} is ${got[wrong]}, not ${exact[wrong]}`).toBe(-1);
}

/**
 * The standard deviation of the rounding error in a plain sum of n products of variance 1. It rounds n partial sums of variance
 * 1 … n, each with a relative error of up to 2⁻²⁴: √(n² / 2) · 2⁻²⁴ / √3.
 */
const deviation = (products: number): number => (products / Math.sqrt(6)) * 2 ** -24;
/** About one of 16,000 values is beyond 4 standard deviations, and the largest result of a small problem has 14,000 values. */
const DEVIATIONS = 4;

/** Fails unless the error of a Winograd variant, for a pass of `normalProblem`, is within the documented amplification. */
export async function expectWithin(gpu: Gpu, pass: ConvPass, variant: string, problem: ConvProblem, exact: Float64Array): Promise<void> {
  const { n, channels, outHeight, outWidth, outChannels } = problem.g;
  // Reflection sums up to four places, with at most nine taps each.
  const products = { forward: 9 * channels, transposed: 36 * outChannels, weightGrad: n * outHeight * outWidth };
  const got = await runPass(gpu, pass, variant, problem);
  const error = exact.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (got[i] ?? Number.NaN))), 0);
  expect(error, `${pass}, ${variant}`).toBeLessThan(DEVIATIONS * WINOGRAD_AMPLIFICATION * deviation(products[pass]));
}

/** Norms to time. */
import type { Gpu } from "../gpu/gpu.js";
import { instanceNorm } from "../ops/norm/instance-norm.js";
import type { Random } from "../random.js";
import { forwardOf, gradientOf, randomOperand, type Exact, type KernelCase, type PreparedKernel } from "./kernel-case.js";
import type { NormLayer } from "./network.js";

const RELU = 0;
/**
 * Besides the rounding of the sums, 1e-7 of the magnitude, an output inherits the relative errors of mean and deviation, and
 * rounds three times itself, by 2⁻²⁴ each.
 */
const TOLERANCE = 2e-6;

/** The values of one channel of [pixels, channels]. */
function channelOf(values: Float32Array, channels: number, channel: number): Float64Array {
  const pixels = values.length / channels;
  return Float64Array.from({ length: pixels }, (_, pixel) => values[pixel * channels + channel] ?? Number.NaN);
}

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The normalised channel z, and 1 / its deviation. */
function normalised(x: Float64Array): { readonly z: Float64Array; readonly rstd: number } {
  const mean = meanOf(x);
  const rstd = 1 / Math.sqrt(meanOf(x.map((value) => (value - mean) ** 2)) + 1e-5);
  return { z: x.map((value) => (value - mean) * rstd), rstd };
}

function exactForward(values: Float32Array, channels: number, index: number): Exact {
  const x = channelOf(values, channels, index % channels);
  const { z, rstd } = normalised(x);
  const value = z[Math.floor(index / channels)] ?? Number.NaN;
  // The terms of the mean have either sign, and an average size far above that of the mean.
  return { value: Math.max(0, value), magnitude: Math.abs(value) + meanOf(x.map(Math.abs)) * rstd };
}

/** dx = rstd · (g − mean g − z · mean(g · z)) with g = dy where z > 0, else 0. */
function exactBackward(x: Float32Array, dy: Float32Array, channels: number, index: number): Exact {
  const channel = index % channels;
  const pixel = Math.floor(index / channels);
  const { z, rstd } = normalised(channelOf(x, channels, channel));
  const g = channelOf(dy, channels, channel).map((value, at) => ((z[at] ?? 0) > 0 ? value : 0));
  const gz = g.map((value, at) => value * (z[at] ?? 0));
  const [gHere = 0, zHere = 0] = [g[pixel], z[pixel]];
  const sizeOfTerms = Math.abs(gHere) + meanOf(g.map(Math.abs)) + Math.abs(zHere) * meanOf(gz.map(Math.abs));
  return { value: rstd * (gHere - meanOf(g) - zHere * meanOf(gz)), magnitude: rstd * sizeOfTerms };
}

function prepare(gpu: Gpu, random: Random, { size, channels }: NormLayer, pass: "forward" | "backward"): PreparedKernel {
  const shape = [1, size, size, channels];
  const { values: x, tensor } = randomOperand(gpu, random, shape, "x");
  const op = () => instanceNorm(tensor, RELU);
  if (pass === "forward") return { arm: forwardOf(op), exact: (index) => exactForward(x, channels, index) };
  const dy = randomOperand(gpu, random, shape, "dy");
  return { arm: gradientOf(op, tensor.withGrad(), dy.tensor), exact: (index) => exactBackward(x, dy.values, channels, index) };
}

/** Instance norm with a fused ReLU: forward reads x and writes y, backward reads x and dy and writes dx. */
export function normCases(layers: readonly NormLayer[]): KernelCase[] {
  const passes = { forward: 2, backward: 3 } as const;
  return layers.flatMap((layer) =>
    (["forward", "backward"] as const).map((pass) => ({
      name: `instanceNorm+ReLU ${layer.channels} at ${layer.size}² ${pass}`,
      flops: 0,
      bytes: passes[pass] * 4 * layer.size ** 2 * layer.channels,
      tolerance: TOLERANCE,
      prepare: (gpu, random) => prepare(gpu, random, layer, pass),
    })),
  );
}

import type { Gpu } from "../src/gpu/gpu.js";
import { normBackward, normForward, normStatistics } from "../src/ops/norm-kernels.js";
import type { Random } from "../src/random.js";
import { Tensor } from "../src/tensor.js";
import { randomValues, type Exact, type KernelCase, type PreparedKernel } from "./kernel-case.js";

const layout = { groups: 1, pixels: 64 * 64, channels: 128 };
const shape = [1, 64, 64, layout.channels];
const size = layout.pixels * layout.channels;
const RELU = 0;

function operandsOf(gpu: Gpu, random: Random) {
  const values = { x: randomValues(random, size), dy: randomValues(random, size) };
  const statistics = { mean: Tensor.empty(gpu, [1, layout.channels]), rstd: Tensor.empty(gpu, [1, layout.channels]) };
  const [x, dy] = [Tensor.from(gpu, shape, values.x), Tensor.from(gpu, shape, values.dy)];
  return { values, statistics, x, dy, result: Tensor.empty(gpu, shape) };
}

/** The values of one channel. */
function channelOf(values: Float32Array, channel: number): Float64Array {
  const { pixels, channels } = layout;
  return Float64Array.from({ length: pixels }, (_, pixel) => values[pixel * channels + channel] ?? Number.NaN);
}

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The channel normalised, z, and 1 / its deviation. */
function normalised(x: Float64Array): { readonly z: Float64Array; readonly rstd: number } {
  const mean = meanOf(x);
  const rstd = 1 / Math.sqrt(meanOf(x.map((value) => (value - mean) ** 2)) + 1e-5);
  return { z: x.map((value) => (value - mean) * rstd), rstd };
}

function exactForward(values: Float32Array, index: number): Exact {
  const { z } = normalised(channelOf(values, index % layout.channels));
  const value = z[Math.floor(index / layout.channels)] ?? Number.NaN;
  return { value: Math.max(0, value), magnitude: Math.abs(value) };
}

/** dx = rstd · (g − mean g − z · mean(g · z)) with g = dy where z > 0, else 0. */
function exactBackward(x: Float32Array, dy: Float32Array, index: number): Exact {
  const channel = index % layout.channels;
  const pixel = Math.floor(index / layout.channels);
  const { z, rstd } = normalised(channelOf(x, channel));
  const g = channelOf(dy, channel).map((value, at) => ((z[at] ?? 0) > 0 ? value : 0));
  const along = meanOf(g.map((value, at) => value * (z[at] ?? 0)));
  const [gHere = 0, zHere = 0] = [g[pixel], z[pixel]];
  const terms = [gHere, -meanOf(g), -zHere * along];
  return {
    value: rstd * terms.reduce((a, b) => a + b),
    magnitude: rstd * terms.reduce((sum, term) => sum + Math.abs(term), 0),
  };
}

function prepareForward(gpu: Gpu, random: Random): PreparedKernel {
  const { values, statistics, x, result } = operandsOf(gpu, random);
  const run = (): Tensor => {
    normStatistics(gpu, layout, x, statistics);
    normForward(gpu, layout, x, statistics, undefined, RELU, result);
    return result;
  };
  return { run, exact: (index) => exactForward(values.x, index) };
}

function prepareBackward(gpu: Gpu, random: Random): PreparedKernel {
  const { values, statistics, x, dy, result } = operandsOf(gpu, random);
  const sums = Tensor.empty(gpu, [1, 2, layout.channels]);
  normStatistics(gpu, layout, x, statistics);
  const run = (): Tensor => {
    normBackward(gpu, layout, x, statistics, undefined, RELU, dy, sums, result);
    return result;
  };
  return { run, exact: (index) => exactBackward(values.x, values.dy, index) };
}

/** Instance norm with the ReLU fused in, as in a residual block. */
export const normCases: readonly KernelCase[] = [
  { name: "instanceNorm+ReLU 128 at 64² forward", bound: "copy", amount: 2 * 4 * size, prepare: prepareForward },
  { name: "instanceNorm+ReLU 128 at 64² backward", bound: "copy", amount: 3 * 4 * size, prepare: prepareBackward },
];

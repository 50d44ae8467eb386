import type { Gpu } from "../gpu/gpu.js";
import { Tensor } from "../tensor.js";
import { reduceRows } from "./reduce-rows.js";
import { widthOf } from "./width.js";

/** Added to the variance: PyTorch's default. */
const EPSILON = 1e-5;
/** A group's pixels are cut into ranges until there are this many invocations, but no finer than the next line says. */
const THREADS = 4096;
const MIN_PIXELS_PER_RANGE = 32;
/** A CPU adapter has few lanes, and pays for every dispatch. */
const CPU_MIN_PIXELS_PER_RANGE = 256;

/**
 * What is normalised over: x is read as [groups, pixels, channels], and each channel of a group has statistics of its
 * own. Instance norm has a group an image; batch norm has one group.
 */
export interface NormLayout {
  readonly groups: number;
  readonly pixels: number;
  readonly channels: number;
}

/** A norm's statistics, [groups, channels]. */
export interface Statistics {
  readonly mean: Tensor;
  readonly rstd: Tensor;
}

/** Scale and shift of each channel. */
export interface Affine {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

function split(gpu: Gpu, { groups, pixels, channels: floats }: NormLayout) {
  const width = widthOf(floats);
  const channels = floats / width;
  const least = gpu.isCpu ? CPU_MIN_PIXELS_PER_RANGE : MIN_PIXELS_PER_RANGE;
  const wanted = Math.ceil(THREADS / (groups * channels));
  const pixelsPerRange = Math.max(least, Math.ceil(pixels / wanted));
  return { width, pixels, pixelsPerRange, ranges: Math.ceil(pixels / pixelsPerRange), channels, groups };
}

/** Fills mean and rstd = 1 / sqrt(variance + ε) of x, by ranges of pixels that are then joined. */
export function normStatistics(gpu: Gpu, layout: NormLayout, x: Tensor, { mean, rstd }: Statistics): void {
  const { width, groups, ...sizes } = split(gpu, layout);
  const { ranges, channels } = sizes;
  const partial = (label: string): Tensor => Tensor.untracked(gpu, [groups, ranges, layout.channels], label);
  using means = ranges === 1 ? mean.alias() : partial("means of ranges");
  using deviations = ranges === 1 ? rstd.alias() : partial("deviations of ranges");
  const rangeSize = groups * ranges * channels;
  const grid = { threads: rangeSize, width };
  gpu.run("norm/statistics-partial", { x, means, deviations, ...sizes, size: rangeSize, epsilon: EPSILON }, grid);
  if (ranges === 1) return;
  const size = groups * channels;
  gpu.run("norm/statistics", { means, deviations, mean, rstd, ...sizes, size, epsilon: EPSILON }, { threads: size, width });
}

/** y = a(weight · z + bias) with z = (x − mean) · rstd, and a(u) = u where u > 0, else slope · u. */
export function normForward(
  gpu: Gpu,
  layout: NormLayout,
  x: Tensor,
  { mean, rstd }: Statistics,
  affine: Affine | undefined,
  slope: number,
  y: Tensor,
): void {
  const { width, pixels, channels } = split(gpu, layout);
  const size = x.size / width;
  // Without an affine part its bindings hold any buffer that is only read.
  const { weight, bias } = affine ?? { weight: mean, bias: mean };
  gpu.run(
    "norm/forward",
    { x, mean, rstd, weight, bias, y, pixels, channels, size, slope, affine: affine ? 1 : 0 },
    { threads: size, width },
  );
}

/**
 * dx, and `sums` [groups, 2, channels]: Σ g and Σ g · z over a group's pixels, with g = dy · a′(weight · z + bias). With
 * one group they are the gradients of bias and weight.
 */
export function normBackward(
  gpu: Gpu,
  layout: NormLayout,
  x: Tensor,
  { mean, rstd }: Statistics,
  affine: Affine | undefined,
  slope: number,
  dy: Tensor,
  sums: Tensor,
  dx: Tensor | undefined,
): void {
  const { width, groups, pixels, pixelsPerRange, ranges, channels } = split(gpu, layout);
  const { weight, bias } = affine ?? { weight: mean, bias: mean };
  const inputs = { x, dy, mean, rstd, weight, bias };
  const common = { pixels, channels, slope, affine: affine ? 1 : 0 };
  using partials = ranges === 1 ? sums.alias() : Tensor.untracked(gpu, [groups, ranges, 2, layout.channels], "sums of ranges");
  const rangeSize = groups * ranges * channels;
  gpu.run(
    "norm/backward-partial",
    { ...inputs, sums: partials, ...common, pixelsPerRange, ranges, size: rangeSize },
    { threads: rangeSize, width },
  );
  if (ranges > 1) reduceRows(gpu, partials, sums, { groups, rows: ranges, columns: 2 * layout.channels });
  if (!dx) return;
  const size = x.size / width;
  gpu.run("norm/backward", { ...inputs, sums, dx, ...common, size }, { threads: size, width });
}

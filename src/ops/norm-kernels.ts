import type { Gpu } from "../gpu/gpu.js";
import { Tensor } from "../tensor.js";
import { reduceRows } from "./reduce-rows.js";
import { widthOf } from "./width.js";

/** Added to the variance: PyTorch's default. */
const EPSILON = 1e-5;
/** Ranges a group's pixels are cut into, where there are pixels enough. */
const RANGES = 64;
const MIN_PIXELS_PER_RANGE = 32;

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

function split({ groups, pixels, channels }: NormLayout) {
  const width = widthOf(channels);
  const pixelsPerRange = Math.max(MIN_PIXELS_PER_RANGE, Math.ceil(pixels / RANGES));
  const ranges = Math.ceil(pixels / pixelsPerRange);
  return { width, pixels, pixelsPerRange, ranges, channels: channels / width, groups };
}

/** Fills mean and rstd = 1 / sqrt(variance + ε) of x, by ranges of pixels that are then joined. */
export function normStatistics(gpu: Gpu, layout: NormLayout, x: Tensor, { mean, rstd }: Statistics): void {
  const { width, groups, ...sizes } = split(layout);
  using means = Tensor.untracked(gpu, [groups, sizes.ranges, layout.channels], "means of ranges");
  using deviations = Tensor.untracked(gpu, [groups, sizes.ranges, layout.channels], "deviations of ranges");
  const rangeSize = groups * sizes.ranges * sizes.channels;
  const grid = { threads: rangeSize, width };
  gpu.run("norm/statistics-partial", { x, means, deviations, ...sizes, size: rangeSize }, grid);
  const size = groups * sizes.channels;
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
  const { width, pixels, channels } = split(layout);
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
  const { width, groups, pixels, pixelsPerRange, ranges, channels } = split(layout);
  const { weight, bias } = affine ?? { weight: mean, bias: mean };
  const inputs = { x, dy, mean, rstd, weight, bias };
  const common = { pixels, channels, slope, affine: affine ? 1 : 0 };
  using partials = Tensor.untracked(gpu, [groups, ranges, 2, layout.channels], "sums of ranges");
  const rangeSize = groups * ranges * channels;
  gpu.run(
    "norm/backward-partial",
    { ...inputs, sums: partials, ...common, pixelsPerRange, ranges, size: rangeSize },
    { threads: rangeSize, width },
  );
  reduceRows(gpu, partials, sums, { groups, rows: ranges, columns: 2 * layout.channels });
  if (!dx) return;
  const size = x.size / width;
  gpu.run("norm/backward", { ...inputs, sums, dx, ...common, size }, { threads: size, width });
}

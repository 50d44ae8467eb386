/** How the kernels of instance and batch norm are dispatched. */
import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";
import { widthOf } from "../lib/width.js";

/** Added to the variance: PyTorch's default. */
export const EPSILON = 1e-5;

interface Split {
  readonly workgroup: number;
  /** Columns of a workgroup, LANES in `shaders/lib/norm.wgsl`. */
  readonly lanes: number;
  /** Pixels that an invocation loads at once. */
  readonly batch: number;
  readonly minPixelsPerRange: number;
  readonly maxRanges: number;
}

/** A GPU needs many invocations. A software adapter has few lanes, and a barrier costs it more than a short loop. */
const GPU_SPLIT: Split = { workgroup: 128, lanes: 8, batch: 4, minPixelsPerRange: 128, maxRanges: 128 };
const CPU_SPLIT: Split = { workgroup: 8, lanes: 8, batch: 1, minPixelsPerRange: 512, maxRanges: 16 };
/**
 * Images up to this size are one range each if there are columns enough for LEAST_GROUPS workgroups: one dispatch then
 * does the work of two. Two neighbouring columns are 32 bytes, the least that a GPU's memory moves.
 */
const WHOLE_IMAGE: Split = { workgroup: 512, lanes: 2, batch: 4, minPixelsPerRange: 4096, maxRanges: 1 };
const LEAST_GROUPS = 32;
/** Bytes of workgroup memory of an invocation: a count and two vec4. */
const SCRATCH = 48;

/**
 * x as [images, pixels, channels], where each channel of an image has its own statistics. Instance norm takes images as they
 * are; batch norm takes the whole batch as one image.
 */
export interface NormLayout {
  readonly images: number;
  readonly pixels: number;
  readonly channels: number;
}

/** Scale and shift of each channel. */
export interface Affine {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** The operands of y = a(weight · z + bias) with z = (x − mean) · rstd, and a(u) = u if u > 0, else slope · u. */
export interface NormOperands {
  readonly x: Tensor;
  /** Shape: [images, 2, channels], the mean and rstd = 1 / sqrt(variance + ε) of each channel. */
  readonly statistics: Tensor;
  readonly affine?: Affine | undefined;
  readonly slope: number;
}

/** How work is shared out on this device. `minRanges`: the least number of ranges of an image. */
function splitOf(gpu: Gpu, { images, pixels, channels }: NormLayout, minRanges: number): Split {
  if (gpu.isCpu) return CPU_SPLIT;
  const { workgroup, lanes, minPixelsPerRange } = WHOLE_IMAGE;
  const { maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup } = gpu.device.limits;
  const allowed = workgroup <= maxComputeInvocationsPerWorkgroup && workgroup * SCRATCH <= maxComputeWorkgroupStorageSize;
  const groups = (images * channels) / widthOf(channels) / lanes;
  return allowed && minRanges === 1 && pixels <= minPixelsPerRange && groups >= LEAST_GROUPS ? WHOLE_IMAGE : GPU_SPLIT;
}

/**
 * A workgroup for each range of an image's pixels and each few channels; see `lib/norm.wgsl`. `minRanges`: the second of two
 * may be empty.
 */
function split(gpu: Gpu, layout: NormLayout, minRanges = 1) {
  const { images, pixels, channels: floats } = layout;
  const { workgroup, lanes, batch, minPixelsPerRange, maxRanges } = splitOf(gpu, layout, minRanges);
  const width = widthOf(floats);
  const channels = floats / width;
  const wanted = Math.max(minPixelsPerRange, Math.ceil(pixels / maxRanges));
  const pixelsPerRange = Math.min(wanted, Math.ceil(pixels / minRanges));
  const ranges = Math.max(minRanges, Math.ceil(pixels / pixelsPerRange));
  const threads = Math.ceil((images * channels) / lanes) * ranges * workgroup;
  return {
    sizes: { images, pixels, pixelsPerRange, ranges, channels },
    grid: { threads, width, tune: { WORKGROUP: workgroup, LANES: lanes, BATCH: batch } },
  };
}

/** Scratch memory for two values of each channel and range. */
function partsOf(gpu: Gpu, layout: NormLayout): Tensor {
  const { ranges } = split(gpu, layout).sizes;
  return Tensor.untracked(gpu, [layout.images, ranges, 2, layout.channels], "norm of ranges");
}

/** Writes the statistics, and y = a(weight · z + bias) + skip. */
export function normForward(
  gpu: Gpu,
  layout: NormLayout,
  { x, statistics, affine, slope }: NormOperands,
  skip: Tensor | undefined,
  y: Tensor,
): void {
  const { sizes, grid } = split(gpu, layout);
  using parts = partsOf(gpu, layout);
  // The next kernel sums up a single range itself.
  if (sizes.ranges > 1) gpu.run("norm/statistics", { x, parts, ...sizes }, grid);
  // Absent operands are bound to any buffer that is only read.
  const { weight, bias } = affine ?? { weight: parts, bias: parts };
  const switches = { slope, affine: affine ? 1 : 0, residual: skip ? 1 : 0 };
  const buffers = { x, parts, weight, bias, skip: skip ?? parts, statistics, y };
  gpu.run("norm/forward", { ...buffers, ...sizes, ...switches, epsilon: EPSILON }, grid);
}

/** Mean and sum of squared deviations of each channel over a range of pixels. */
export interface RangeMoments {
  /** Shape: [ranges, 2, channels]. */
  readonly parts: Tensor;
  readonly pixelsPerRange: number;
}

/** The moments of the pixels of one image, by ranges. Release `parts`. */
export function normMoments(gpu: Gpu, layout: NormLayout, x: Tensor): RangeMoments {
  const { sizes, grid } = split(gpu, layout);
  const parts = Tensor.untracked(gpu, [sizes.ranges, 2, layout.channels], "norm of ranges");
  gpu.run("norm/statistics", { x, parts, ...sizes }, grid);
  return { parts, pixelsPerRange: sizes.pixelsPerRange };
}

/**
 * Writes y = a(weight · z + bias) + skip for part of an image, with the mean and variance of each channel of the whole.
 *
 * The kernel gets moments as if each range had that mean and variance. Joined, they are exactly those of the whole.
 */
export function normByMoments(
  gpu: Gpu,
  layout: NormLayout,
  moments: { readonly mean: Float64Array; readonly variance: Float64Array },
  { x, affine, slope }: Omit<NormOperands, "statistics">,
  skip: Tensor | undefined,
  y: Tensor,
): void {
  const { pixels, channels } = layout;
  // With a single range, the kernel would compute the moments itself.
  const { sizes, grid } = split(gpu, layout, 2);
  const values = new Float32Array(sizes.ranges * 2 * channels);
  for (let range = 0; range < sizes.ranges; range++) {
    const count = Math.min(sizes.pixelsPerRange, pixels - range * sizes.pixelsPerRange);
    const at = range * 2 * channels;
    values.set(moments.mean, at);
    values.set(moments.variance.map((variance) => variance * count), at + channels);
  }
  using parts = Tensor.untracked(gpu, [sizes.ranges, 2, channels], "norm of ranges");
  using statistics = Tensor.untracked(gpu, [2, channels], "norm statistics");
  parts.write(values);
  const { weight, bias } = affine ?? { weight: parts, bias: parts };
  const switches = { slope, affine: affine ? 1 : 0, residual: skip ? 1 : 0 };
  const buffers = { x, parts, weight, bias, skip: skip ?? parts, statistics, y };
  gpu.run("norm/forward", { ...buffers, ...sizes, ...switches, epsilon: EPSILON }, grid);
}

/** Buffers and numbers that both kernels of the backward pass take. */
function backwardArguments(gpu: Gpu, layout: NormLayout, { x, statistics, affine, slope }: NormOperands, dy: Tensor) {
  const { sizes, grid } = split(gpu, layout);
  const { weight, bias } = affine ?? { weight: statistics, bias: statistics };
  return { args: { x, dy, statistics, weight, bias, ...sizes, slope, affine: affine ? 1 : 0 }, grid };
}

/**
 * Σ g and Σ g · z over each range of pixels, [images, ranges, 2, channels], with g = dy · a′(weight · z + bias). Over all
 * pixels they are the gradients of bias and weight.
 */
export function normSums(gpu: Gpu, layout: NormLayout, operands: NormOperands, dy: Tensor): Tensor {
  const { args, grid } = backwardArguments(gpu, layout, operands, dy);
  const parts = partsOf(gpu, layout);
  gpu.run("norm/backward-partial", { ...args, parts }, grid);
  return parts;
}

/** Writes the gradient of x. `sums`: the result of `normSums`, if other gradients needed it too. */
export function normInputGrad(
  gpu: Gpu,
  layout: NormLayout,
  operands: NormOperands,
  dy: Tensor,
  dx: Tensor,
  sums?: Tensor,
): void {
  const { args, grid } = backwardArguments(gpu, layout, operands, dy);
  // The kernel sums up a single range itself and then reads no parts.
  using parts = sums?.alias() ?? (args.ranges > 1 ? normSums(gpu, layout, operands, dy) : operands.statistics.alias());
  gpu.run("norm/backward", { ...args, parts, dx }, grid);
}

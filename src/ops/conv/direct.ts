/**
 * The variant for every device: each invocation loads its operands itself and keeps a tile of outputs in registers, without
 * workgroup memory or subgroups.
 */
import type { Gpu } from "../../gpu/gpu.js";
import { convFlops, transposedSizes, type ConvGeometry } from "./geometry.js";
import type { ConvOperands, WeightGradOperands } from "./pass.js";
import { withSplits } from "./splits.js";

/** Output pixels of an invocation. */
const PIXELS = 8;
/** The weight gradient is split over the pixels until there are this many invocations. */
const WEIGHT_GRAD_THREADS = 8192;
/** A split has at least this many pixels. */
const MIN_PIXELS_PER_SPLIT = 64;

export function forward(gpu: Gpu, g: ConvGeometry, { x, w, bias, y }: ConvOperands): void {
  const tune = tileOf(gpu, g.outChannels);
  const pixels = g.n * g.outHeight * g.outWidth;
  const { height, width, outHeight, outWidth, kernelHeight, kernelWidth, stride, padding, reflect } = g;
  const channels = g.channels / 4;
  const outChannels = g.outChannels / 4;
  const sizes = { height, width, channels, outHeight, outWidth, outChannels, pixels, kernelHeight, kernelWidth };
  gpu.run(
    "conv2d/forward",
    { x, w, bias: bias ?? w, y, ...sizes, stride, padding, reflect, hasBias: bias ? 1 : 0 },
    { threads: Math.ceil(pixels / PIXELS) * (outChannels / tune.OUTPUTS), tune, flops: convFlops(g) },
  );
}

export function transposed(gpu: Gpu, g: ConvGeometry, { x, w, bias, y }: ConvOperands): void {
  const tune = tileOf(gpu, g.channels);
  const sizes = transposedSizes(g);
  const { kernelHeight, kernelWidth, stride, padding } = g;
  const blocks = stride * stride * Math.ceil(sizes.phasePixels / PIXELS);
  gpu.run(
    "conv2d/transposed",
    { x, w, bias: bias ?? w, y, ...sizes, kernelHeight, kernelWidth, stride, padding, hasBias: bias ? 1 : 0 },
    { threads: blocks * (sizes.channels / tune.OUTPUTS), tune, flops: convFlops(g) },
  );
}

export function weightGrad(gpu: Gpu, g: ConvGeometry, { x, dy, dw, adds = false }: WeightGradOperands): void {
  const channels = g.channels / 4;
  const outChannels = g.outChannels / 4;
  const tune = { WORKGROUP: workgroupOf(gpu), INPUTS: evenTile(channels), OUTPUTS: evenTile(outChannels) };
  const tiles = g.kernelHeight * g.kernelWidth * (channels / tune.INPUTS) * (outChannels / tune.OUTPUTS);
  const pixels = g.n * g.outHeight * g.outWidth;
  const wanted = Math.ceil(WEIGHT_GRAD_THREADS / tiles);
  // A binding must hold the sums of all splits.
  const bound = Math.floor(gpu.device.limits.maxStorageBufferBindingSize / (4 * dw.size));
  const pixelsPerSplit = Math.ceil(pixels / Math.max(1, Math.min(wanted, bound, Math.floor(pixels / MIN_PIXELS_PER_SPLIT))));
  const splits = Math.ceil(pixels / pixelsPerSplit);
  const { height, width, outHeight, outWidth, kernelHeight, kernelWidth, stride, padding, reflect } = g;
  const sizes = { height, width, channels, outHeight, outWidth, outChannels, pixels, pixelsPerSplit, splits };
  withSplits(gpu, splits, dw, adds, (partials) =>
    gpu.run(
      "conv2d/weight-grad",
      { x, dy, partials, ...sizes, kernelHeight, kernelWidth, stride, padding, reflect },
      { threads: tiles * splits, tune, flops: convFlops(g) },
    ),
  );
}

/** Small workgroups suit a software adapter, which runs one at a time on a core. Whole warps suit a GPU. */
function workgroupOf(gpu: Gpu): number {
  return gpu.isCpu ? 16 : 64;
}

function evenTile(channels4: number): 1 | 2 {
  return channels4 % 2 === 0 ? 2 : 1;
}

function tileOf(gpu: Gpu, outChannels: number) {
  return { WORKGROUP: workgroupOf(gpu), PIXELS, OUTPUTS: evenTile(outChannels / 4) };
}

/**
 * The variant for software adapters, where a load costs some fifty multiply-adds: the lanes of a subgroup load different
 * values and share them.
 */
import type { Gpu } from "../../gpu/gpu.js";
import { convFlops, transposedSizes, type ConvGeometry } from "./geometry.js";
import type { ConvOperands, WeightGradOperands } from "./pass.js";
import { withSplits } from "./splits.js";

/** Output pixels of a subgroup. */
const PIXELS = 16;
/** Rows of the weight gradient, in vec4 of input channels, of a subgroup. */
const INPUTS = 4;
/** The weight gradient is split over the image rows until there are this many subgroups. */
const WEIGHT_GRAD_GROUPS = 32;
/** A split has at least this many pixels, since all splits have to be added up. */
const MIN_PIXELS_PER_SPLIT = 256;

/** Whether the device is a software adapter whose subgroups have a size that the kernels are written for. */
export function fits(gpu: Gpu): boolean {
  return gpu.isCpu && (gpu.subgroupLanes === 4 || gpu.subgroupLanes === 8);
}

export function forward(gpu: Gpu, g: ConvGeometry, { x, w, bias, y }: ConvOperands): void {
  const lanes = gpu.subgroupLanes;
  const pixels = g.n * g.outHeight * g.outWidth;
  const { height, width, outHeight, outWidth, kernelHeight, kernelWidth, stride, padding, reflect } = g;
  const channels = g.channels / 4;
  const outChannels = g.outChannels / 4;
  const sizes = { height, width, channels, outHeight, outWidth, outChannels, pixels, kernelHeight, kernelWidth };
  gpu.run(
    "conv2d/forward-subgroup",
    { x, w, bias: bias ?? w, y, ...sizes, stride, padding, reflect, hasBias: bias ? 1 : 0 },
    {
      threads: Math.ceil(pixels / PIXELS) * Math.ceil(outChannels / lanes) * lanes,
      tune: { WORKGROUP: lanes, PIXELS },
      flops: convFlops(g),
    },
  );
}

export function transposed(gpu: Gpu, g: ConvGeometry, { x, w, bias, y }: ConvOperands): void {
  const lanes = gpu.subgroupLanes;
  const sizes = transposedSizes(g);
  const { kernelHeight, kernelWidth, stride, padding } = g;
  const blocks = stride * stride * Math.ceil(sizes.phasePixels / PIXELS);
  gpu.run(
    "conv2d/transposed-subgroup",
    { x, w, bias: bias ?? w, y, ...sizes, kernelHeight, kernelWidth, stride, padding, hasBias: bias ? 1 : 0 },
    {
      threads: blocks * Math.ceil(sizes.channels / lanes) * lanes,
      tune: { WORKGROUP: lanes, PIXELS },
      flops: convFlops(g),
    },
  );
}

export function weightGrad(gpu: Gpu, g: ConvGeometry, { x, dy, dw, adds = false }: WeightGradOperands): void {
  const lanes = gpu.subgroupLanes;
  const { height, width, outHeight, outWidth, kernelHeight, kernelWidth, stride, padding, reflect } = g;
  const channels = g.channels / 4;
  const outChannels = g.outChannels / 4;
  const tiles = Math.ceil((kernelHeight * kernelWidth * channels) / INPUTS) * Math.ceil(outChannels / lanes);
  const rows = g.n * outHeight;
  const wanted = Math.min(rows, Math.ceil(WEIGHT_GRAD_GROUPS / tiles), Math.floor((rows * outWidth) / MIN_PIXELS_PER_SPLIT));
  const rowsPerSplit = Math.ceil(rows / Math.max(1, wanted));
  const splits = Math.ceil(rows / rowsPerSplit);
  const sizes = { height, width, channels, outHeight, outWidth, outChannels, rows, rowsPerSplit, splits };
  withSplits(gpu, splits, dw, adds, (partials) =>
    gpu.run(
      "conv2d/weight-grad-subgroup",
      { x, dy, partials, ...sizes, kernelHeight, kernelWidth, stride, padding, reflect },
      { threads: tiles * splits * lanes, tune: { WORKGROUP: lanes, INPUTS }, flops: convFlops(g) },
    ),
  );
}

import type { Gpu } from "../gpu/gpu.js";
import { Tensor } from "../tensor.js";
import { convFlops, type ConvGeometry } from "./conv-geometry.js";
import { copyChannels } from "./copy-channels.js";
import { cutWeight, padChannels, padWeight, roundUp4 } from "./pad-channels.js";
import { foldReflection } from "./reflection-pad2d.js";
import { reduceRows } from "./reduce-rows.js";

/** Output pixels of an invocation. */
const PIXELS = 8;
/** The weight gradient is cut over the pixels until there are this many invocations, but not finer than this. */
const WEIGHT_GRAD_THREADS = 8192;
const MIN_PIXELS_PER_SPLIT = 64;

/**
 * NOTE: three kernels, six passes. A transposed convolution is a convolution read backwards, so with its weight stored as
 * the convolution's, [kh, kw, out, in], its forward pass is `convTransposed`, its input gradient `convForward`, and its
 * weight gradient `convWeightGrad` with x and dy exchanged. Channels that are no multiple of 4 (RGB ends, the one-channel
 * patch output) are filled up with zeros in a copy, so that every kernel reads and writes whole vec4.
 */

/** y = conv(x, w) + bias. */
export function convForward(gpu: Gpu, g: ConvGeometry, x: Tensor, w: Tensor, bias: Tensor | undefined, y: Tensor): void {
  using x4 = padChannels(gpu, x);
  using w4 = padWeight(gpu, w);
  using bias4 = bias ? padChannels(gpu, bias) : w4.alias();
  using y4 = paddedOutput(gpu, y, g.outChannels);
  const tune = tileOf(gpu, g.outChannels);
  const pixels = g.n * g.outHeight * g.outWidth;
  const outChannels = roundUp4(g.outChannels) / 4;
  const { height, width, outHeight, outWidth, kernelHeight, kernelWidth, stride, padding, reflect } = g;
  const channels = roundUp4(g.channels) / 4;
  const sizes = { height, width, channels, outHeight, outWidth, outChannels, pixels, kernelHeight, kernelWidth };
  const threads = Math.ceil(pixels / PIXELS) * (outChannels / tune.OUTPUTS);
  gpu.run(
    "conv2d/forward",
    { x: x4, w: w4, bias: bias4, y: y4, ...sizes, stride, padding, reflect, hasBias: bias ? 1 : 0 },
    { threads, tune, flops: convFlops(g) },
  );
  cutOutput(gpu, y4, y, g.outChannels);
}

/** y = the transpose of `convForward` applied to x, + bias: y has the convolution's input shape, x its output shape. */
export function convTransposed(gpu: Gpu, g: ConvGeometry, x: Tensor, w: Tensor, bias: Tensor | undefined, y: Tensor): void {
  if (g.reflect) {
    const { padding } = g;
    const wide = { ...g, height: g.height + 2 * padding, width: g.width + 2 * padding, padding: 0, reflect: 0 } as const;
    using padded = Tensor.untracked(gpu, [g.n, wide.height, wide.width, g.channels], "padded gradient");
    convTransposed(gpu, wide, x, w, bias, padded);
    const from = [g.n, g.height, g.width, g.channels] as const;
    const to = [g.n, wide.height, wide.width, g.channels] as const;
    foldReflection(gpu, padded, y, from, to, { top: padding, left: padding });
    return;
  }
  using x4 = padChannels(gpu, x);
  using w4 = padWeight(gpu, w);
  using bias4 = bias ? padChannels(gpu, bias) : w4.alias();
  using y4 = paddedOutput(gpu, y, g.channels);
  const { outHeight: inHeight, outWidth: inWidth, height, width, kernelHeight, kernelWidth, stride, padding } = g;
  const tune = tileOf(gpu, g.channels);
  const channels = roundUp4(g.channels) / 4;
  const inChannels = roundUp4(g.outChannels) / 4;
  const phaseHeight = Math.ceil(height / stride);
  const phaseWidth = Math.ceil(width / stride);
  const phasePixels = g.n * phaseHeight * phaseWidth;
  const sizes = { inHeight, inWidth, inChannels, height, width, channels, phaseHeight, phaseWidth, phasePixels };
  const threads = stride * stride * Math.ceil(phasePixels / PIXELS) * (channels / tune.OUTPUTS);
  gpu.run(
    "conv2d/transposed",
    { x: x4, w: w4, bias: bias4, y: y4, ...sizes, kernelHeight, kernelWidth, stride, padding, hasBias: bias ? 1 : 0 },
    { threads, tune, flops: convFlops(g) },
  );
  cutOutput(gpu, y4, y, g.channels);
}

/** dw = the gradient of `convForward`'s weight, from its input x and the gradient dy of its output. */
export function convWeightGrad(gpu: Gpu, g: ConvGeometry, x: Tensor, dy: Tensor, dw: Tensor): void {
  using x4 = padChannels(gpu, x);
  using dy4 = padChannels(gpu, dy);
  const channels = roundUp4(g.channels) / 4;
  const outChannels = roundUp4(g.outChannels) / 4;
  const tune = { WORKGROUP: workgroupOf(gpu), INPUTS: evenTile(channels), OUTPUTS: evenTile(outChannels) };
  const tiles = g.kernelHeight * g.kernelWidth * (channels / tune.INPUTS) * (outChannels / tune.OUTPUTS);
  const pixels = g.n * g.outHeight * g.outWidth;
  const wanted = Math.ceil(WEIGHT_GRAD_THREADS / tiles);
  const pixelsPerSplit = Math.ceil(pixels / Math.max(1, Math.min(wanted, Math.floor(pixels / MIN_PIXELS_PER_SPLIT))));
  const splits = Math.ceil(pixels / pixelsPerSplit);
  const columns = g.kernelHeight * g.kernelWidth * channels * outChannels * 16;
  const { height, width, outHeight, outWidth, kernelHeight, kernelWidth, stride, padding, reflect } = g;
  const sizes = { height, width, channels, outHeight, outWidth, outChannels, pixels, pixelsPerSplit, splits };
  // The sum of the splits, with channels filled up; written straight to dw where it has that very layout.
  using sum = columns === dw.size ? dw.alias() : Tensor.untracked(gpu, [columns], "padded weight gradient");
  using partials = splits === 1 ? sum.alias() : Tensor.untracked(gpu, [splits, columns], "weight gradients of splits");
  gpu.run(
    "conv2d/weight-grad",
    { x: x4, dy: dy4, partials, ...sizes, kernelHeight, kernelWidth, stride, padding, reflect },
    { threads: tiles * splits, tune, flops: convFlops(g) },
  );
  if (splits > 1) reduceRows(gpu, partials, sum, { groups: 1, rows: splits, columns });
  if (columns !== dw.size) cutWeight(gpu, sum, dw);
}

/** db[c] = Σ dy[…, c]: the gradient of a bias. */
export function biasGrad(gpu: Gpu, dy: Tensor, db: Tensor): void {
  reduceRows(gpu, dy, db, { groups: 1, rows: dy.size / db.size, columns: db.size });
}

/** Small workgroups suit a CPU adapter, which runs one at a time on a core; whole warps suit a GPU. */
function workgroupOf(gpu: Gpu): number {
  return gpu.isCpu ? 16 : 64;
}

function evenTile(channels4: number): 1 | 2 {
  return channels4 % 2 === 0 ? 2 : 1;
}

function tileOf(gpu: Gpu, outChannels: number) {
  return { WORKGROUP: workgroupOf(gpu), PIXELS, OUTPUTS: evenTile(roundUp4(outChannels) / 4) };
}

/** `y` itself, or room for it with channels filled up to a multiple of 4. */
function paddedOutput(gpu: Gpu, y: Tensor, channels: number): Tensor {
  if (channels % 4 === 0) return y.alias();
  return Tensor.untracked(gpu, [y.size / channels, roundUp4(channels)], "padded output");
}

function cutOutput(gpu: Gpu, padded: Tensor, y: Tensor, channels: number): void {
  if (channels % 4 === 0) return;
  const rows = y.size / channels;
  const xChannels = roundUp4(channels);
  copyChannels(gpu, padded, y, { rows, xChannels, yChannels: channels, start: 0, offset: 0, count: channels });
}

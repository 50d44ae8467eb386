/** Fills channels up to multiples of 4, and cuts them again. */
import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";
import { copyChannels } from "../lib/copy-channels.js";
import type { Destination } from "../../tensor/op.js";

/** The next multiple of 4: convolution kernels read and write whole vec4 of channels. */
export function roundUp4(channels: number): number {
  return Math.ceil(channels / 4) * 4;
}

/** `x` with its last axis filled up with zeros to a multiple of 4; another handle on `x` if it already is one. Release it. */
export function padChannels(gpu: Gpu, x: Tensor): Tensor {
  const channels = x.shape.at(-1) ?? 1;
  return padRows(gpu, x, x.size / channels, channels, roundUp4(channels));
}

/** A weight [kh, kw, a, b] with both channel axes filled up with zeros to multiples of 4. Release it. */
export function padWeight(gpu: Gpu, weight: Tensor): Tensor {
  const [kh = 1, kw = 1, a = 1, b = 1] = weight.shape;
  using inner = padRows(gpu, weight, kh * kw * a, b, roundUp4(b));
  return padRows(gpu, inner, kh * kw, a * roundUp4(b), roundUp4(a) * roundUp4(b));
}

/** Cuts a weight-shaped tensor with padded channels, [kh, kw, ⌈a⌉, ⌈b⌉], to `weight` [kh, kw, a, b], or adds it. */
export function cutWeight(gpu: Gpu, padded: Tensor, { to: weight, adds }: Destination): void {
  const [kh = 1, kw = 1, a = 1, b = 1] = weight.shape;
  const wide = roundUp4(b);
  using inner = padRows(gpu, padded, kh * kw, roundUp4(a) * wide, a * wide);
  copyChannels(gpu, inner, weight, { rows: kh * kw * a, xChannels: wide, yChannels: b, start: 0, offset: 0, count: b, adds });
}

/** `rows` rows of `from` elements as rows of `to`: filled up with zeros, or cut. Release it. */
export function padRows(gpu: Gpu, x: Tensor, rows: number, from: number, to: number): Tensor {
  if (from === to) return x.alias();
  const y = Tensor.untracked(gpu, [rows, to], `${x.label}, padded`, x.dtype);
  copyChannels(gpu, x, y, { rows, xChannels: from, yChannels: to, start: 0, offset: 0, count: to });
  return y;
}

/**
 * Lets `compute` make a weight's gradient of `size` floats: directly in its destination if that has the same size, or else in
 * scratch memory, from which `cut` takes it.
 */
export function paddedGradient(
  gpu: Gpu,
  { to: dw, adds }: Destination,
  size: number,
  compute: (dw: Tensor, adds: boolean) => void,
  cut: (padded: Tensor) => void,
): void {
  if (size === dw.size) return compute(dw, adds);
  using padded = Tensor.untracked(gpu, [size], "padded weight gradient");
  compute(padded, false);
  cut(padded);
}

/** The two copies between an image and its taps as channels. */
import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";
import { roundUp4 } from "./pad-channels.js";

/** Which taps of a kernel are made into channels, and where they read. */
export interface Taps {
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  /** Tap (kh, kw) of place (h, w) reads at (h + step · kh − padding, w + step · kw − padding). */
  readonly step: 1 | -1;
  readonly padding: number;
  /** Gathering finds a place at every `stride`-th pixel; spreading gives one to every `stride`-th pixel. Default 1. */
  readonly stride?: number;
}

interface Gather extends Taps {
  /** Adds to what y holds. */
  readonly adds?: boolean;
}

interface Spread extends Taps {
  /** As `stride`, along a column. Default 1. */
  readonly rowStride?: number;
  /** 1: outside the image is its reflection; 0: zeros. Default 0. */
  readonly reflect?: 0 | 1;
}

/** z[n, h, w, (kh · kernelWidth + kw) · c + …], filled up: what each tap reads from x [n, h, w, c]. Release it. */
export function spreadTaps(gpu: Gpu, x: Tensor, tapHeight: number, tapWidth: number, spread: Spread): Tensor {
  const [n = 1, height = 1, width = 1, channels = 1] = x.shape;
  const { kernelHeight, kernelWidth, step, padding, rowStride = 1, stride = 1, reflect = 0 } = spread;
  const floats = roundUp4(kernelHeight * kernelWidth * channels);
  const z = Tensor.untracked(gpu, [n, tapHeight, tapWidth, floats], "taps", x.dtype);
  const sides = { height, width, channels, tapHeight, tapWidth, tapChannels: floats / 4 };
  const count = n * tapHeight * tapWidth;
  const sizes = { ...sides, kernelHeight, kernelWidth, rowStride, stride, step, padding, reflect, places: count };
  gpu.run("conv2d/spread-taps", { x, z, ...sizes }, { threads: count });
  return z;
}

/** y[n, h, w, o] = bias[o] + Σ_{kh, kw} what each tap reads from z, in channel (kh · kernelWidth + kw) · O + o. */
export function gatherTaps(gpu: Gpu, z: Tensor, bias: Tensor | undefined, y: Tensor, taps: Gather): void {
  const [, tapHeight = 1, tapWidth = 1, tapChannels = 1] = z.shape;
  const [n = 1, height = 1, width = 1, outChannels = 1] = y.shape;
  const { kernelHeight, kernelWidth, stride = 1, step, padding, adds = false } = taps;
  const sides = { height, width, outChannels, tapHeight, tapWidth, tapChannels };
  const flags = { hasBias: bias ? 1 : 0, adds: adds ? 1 : 0 };
  const sizes = { ...sides, kernelHeight, kernelWidth, stride, step, padding, ...flags, pixels: n * height * width };
  gpu.run("conv2d/gather-taps", { z, bias: bias ?? z, y, ...sizes }, { threads: sizes.pixels });
}

import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";
import type { ConvGeometry } from "./geometry.js";
import type { SharedGradient } from "./variant.js";
import { convVariants, pickVariant } from "./variants.js";
import type { Destination } from "../../tensor/op.js";
import { padRows, roundUp4 } from "./pad-channels.js";
import { gatherTaps, spreadTaps } from "./tap-kernels.js";

/** With fewer output channels than this, most of a kernel's tile is empty. */
const NARROW = 5;

/**
 * NOTE: taps as channels. A convolution to three channels or one (a generator's last layer, the input gradient of its
 * first) would use three or one of the 32 channels that a kernel's tile is wide. Instead the taps of a kernel row become
 * channels:
 *
 *   z[h, q, kw · O + o] = Σ_{kh, c} x[h + kh, q, c] · w[kh, kw, c, o]      a convolution with a kernel one column wide
 *   y[h, w, o] = Σ_kw z[h, w + kw, kw · O + o]                            shifts and additions
 *
 * A 7×7 kernel to 3 channels then fills 21 of 24 channels, and an input value is loaded once for 7 taps. To one channel
 * all taps do (`conv/one-channel.ts`), and taps of few input channels likewise (`conv/few-inputs.ts`).
 */

/** Whether `convForward` and its gradients are better computed that way. */
export function tapsFit({ stride, kernelWidth, channels, outChannels }: ConvGeometry): boolean {
  return stride === 1 && kernelWidth > 2 && outChannels < NARROW && channels % 4 === 0;
}

/** Whether `convTransposed` is better computed that way. */
export function transposedTapsFit({ stride, padding, kernelWidth, channels, outChannels }: ConvGeometry): boolean {
  return stride === 1 && padding === 0 && kernelWidth > 2 && channels < NARROW && outChannels % 4 === 0;
}

/** `convForward` to few channels. */
export function forwardTaps(gpu: Gpu, g: ConvGeometry, x: Tensor, w: Tensor, bias: Tensor | undefined, y: Tensor): void {
  const wide = widen(g);
  using packed = packTaps(gpu, g, w);
  using z = Tensor.untracked(gpu, [g.n, wide.outHeight, wide.outWidth, wide.outChannels], "taps");
  pickVariant(gpu, "forward", wide, convVariants.forward).run(gpu, wide, { x, w: packed, bias: undefined, y: z });
  gatherTaps(gpu, z, bias, y, rowOf(g, 1));
}

/** `convTransposed` to few channels, without padding. */
export function transposedTaps(
  gpu: Gpu,
  g: ConvGeometry,
  x: Tensor,
  w: Tensor,
  bias: Tensor | undefined,
  { to: y, adds }: Destination,
): void {
  const { kernelHeight, kernelWidth, channels, outChannels } = g;
  const tapChannels = roundUp4(kernelWidth * channels);
  // z has the rows of y and the columns of x.
  const wide = { ...g, width: g.outWidth, channels: tapChannels, kernelWidth: 1 };
  // In [kh, kw, c, o] the taps of a row already lie side by side.
  using packed = padRows(gpu, w, kernelHeight, kernelWidth * channels * outChannels, tapChannels * outChannels);
  using z = Tensor.untracked(gpu, [g.n, g.height, g.outWidth, tapChannels], "taps");
  pickVariant(gpu, "transposed", wide, convVariants.transposed).run(gpu, wide, { x, w: packed, bias: undefined, y: z });
  gatherTaps(gpu, z, bias, y, { ...rowOf(g, -1), adds });
}

/** The operands and the geometry of `convTransposed` from few channels, x and w with their taps side by side. */
export function spreadOperands(gpu: Gpu, g: ConvGeometry, x: Tensor, w: Tensor, shared?: SharedGradient) {
  return { wide: widen(g), x: spreadRow(gpu, g, x, shared), w: packTaps(gpu, g, w) };
}

/** `convWeightGrad` of a convolution to few channels. */
export function weightGradTaps(
  gpu: Gpu,
  g: ConvGeometry,
  x: Tensor,
  dy: Tensor,
  dw: Destination,
  shared?: SharedGradient,
): void {
  const wide = widen(g);
  const { kernelHeight, kernelWidth, channels, outChannels } = g;
  const tapChannels = wide.outChannels;
  using z = spreadRow(gpu, g, dy, shared);
  using packed = Tensor.untracked(gpu, [kernelHeight, 1, channels, tapChannels], "gradient of the taps of a weight");
  pickVariant(gpu, "weightGrad", wide, convVariants.weightGrad).run(gpu, wide, { x, dy: z, dw: packed });
  const sizes = { kernelHeight, kernelWidth, channels, outChannels, tapChannels };
  gpu.run("conv2d/unpack-taps", { z: packed, w: dw.to, ...sizes, adds: dw.adds ? 1 : 0 }, { threads: kernelHeight * channels });
}

/** [kh, 1, c, kw · o], filled up, of a weight [kh, kw, c, o]. Release it. */
function packTaps(gpu: Gpu, g: ConvGeometry, w: Tensor): Tensor {
  const { kernelHeight, kernelWidth, channels, outChannels } = g;
  const tapChannels = widen(g).outChannels;
  const packed = Tensor.untracked(gpu, [kernelHeight, 1, channels, tapChannels], "taps of a weight");
  const sizes = { kernelHeight, kernelWidth, channels, outChannels, tapChannels };
  gpu.run("conv2d/pack-taps", { w, z: packed, ...sizes }, { threads: kernelHeight * channels });
  return packed;
}

/** z[n, h, q, kw · O + o] = dy[n, h, q − kw, o], the adjoint of the gathering. Release it. */
function spreadRow(gpu: Gpu, g: ConvGeometry, dy: Tensor, shared?: SharedGradient): Tensor {
  const make = (): Tensor => spreadTaps(gpu, dy, g.outHeight, widen(g).outWidth, rowOf(g, -1));
  return shared?.take(make) ?? make();
}

/** The taps of a kernel's row. */
const rowOf = ({ kernelWidth }: ConvGeometry, step: 1 | -1) => ({ kernelHeight: 1, kernelWidth, step, padding: 0 });

/** The convolution with a kernel one column wide; columns that were padding are computed as well. */
function widen(g: ConvGeometry): ConvGeometry {
  const outChannels = roundUp4(g.kernelWidth * g.outChannels);
  return { ...g, kernelWidth: 1, outWidth: g.width + 2 * g.padding, outChannels };
}

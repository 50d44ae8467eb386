import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";
import type { ConvGeometry } from "./geometry.js";
import {
  fewInputsFit,
  forwardFewInputs,
  transposedFewInputs,
  transposedFewInputsFit,
  weightGradFewInputs,
} from "./few-inputs.js";
import { forwardOneChannel, oneChannelFits, transposedOneChannel, weightGradOneChannel } from "./one-channel.js";
import { forwardTaps, spreadOperands, tapsFit, transposedTaps, transposedTapsFit, weightGradTaps } from "./taps.js";
import type { ConvOperands, ConvVariant, SharedGradient } from "./variant.js";
import { convVariants, pickVariant } from "./variants.js";
import { copyChannels } from "../lib/copy-channels.js";
import type { Destination } from "../../tensor/op.js";
import { cutWeight, padChannels, padWeight, roundUp4 } from "./pad-channels.js";
import { foldReflection } from "../reflection-pad2d.js";
import { reduceRows } from "../lib/reduce-rows.js";
import { withSplits } from "./splits.js";

/**
 * NOTE: three passes serve six. A transposed convolution is a convolution read backwards, so with its weight stored as
 * the convolution's, [kh, kw, out, in], its forward pass is `convTransposed`, its input gradient `convForward`, and its
 * weight gradient `convWeightGrad` with x and dy exchanged. Channels that are no multiple of 4 (RGB ends, the one-channel
 * patch output) are filled up with zeros in a copy, so that every kernel reads and writes whole vec4.
 */

/** y = conv(x, w) + bias. */
export function convForward(gpu: Gpu, g: ConvGeometry, x: Tensor, w: Tensor, bias: Tensor | undefined, y: Tensor): void {
  if (oneChannelFits(g)) return forwardOneChannel(gpu, g, x, w, bias, y);
  if (tapsFit(g)) return forwardTaps(gpu, g, x, w, bias, y);
  if (fewInputsFit(g)) return forwardFewInputs(gpu, g, x, w, bias, y);
  const wide = padGeometry(g);
  using x4 = padChannels(gpu, x);
  using w4 = padWeight(gpu, w);
  using bias4 = bias && padChannels(gpu, bias);
  using y4 = paddedOutput(gpu, y, g.outChannels);
  pickVariant(gpu, "forward", wide, convVariants.forward).run(gpu, wide, { x: x4, w: w4, bias: bias4, y: y4 });
  cutOutput(gpu, y4, y, g.outChannels);
}

/**
 * The transpose of `convForward` applied to x, + bias, to where it goes: of the convolution's input shape, as x of its output's.
 *
 * `shared`: for a gradient x that `convWeightGrad` is given as well.
 */
export function convTransposed(
  gpu: Gpu,
  g: ConvGeometry,
  x: Tensor,
  w: Tensor,
  bias: Tensor | undefined,
  destination: Destination,
  shared?: SharedGradient,
): void {
  if (transposedTapsFit(unreflected(g))) {
    folding(gpu, g, destination, (h, out) => transposedTaps(gpu, h, x, w, bias, out));
    return;
  }
  if (transposedFewInputsFit(g)) return transposedFewInputs(gpu, g, x, w, bias, destination);
  if (oneChannelFits(g)) return transposedOneChannel(gpu, g, x, w, bias, destination, shared);
  if (tapsFit(g)) {
    const spread = spreadOperands(gpu, g, x, w, shared);
    using z = spread.x;
    using packed = spread.w;
    convTransposed(gpu, spread.wide, z, packed, bias, destination);
    return;
  }
  const wide = padGeometry(g);
  const variant = pickVariant(gpu, "transposed", wide, convVariants.transposed);
  using x4 = padChannels(gpu, x);
  using w4 = padWeight(gpu, w);
  using bias4 = bias && padChannels(gpu, bias);
  const { to: y, adds } = destination;
  using y4 = paddedOutput(gpu, y, g.channels);
  runTransposed(gpu, wide, { x: x4, w: w4, bias: bias4, y: y4, adds: adds && y4.storage === y.storage, shared }, variant);
  cutOutput(gpu, y4, y, g.channels, adds);
}

/** A transposed pass by one variant, channels filled up to multiples of 4. */
export function runTransposed(gpu: Gpu, g: ConvGeometry, operands: ConvOperands, variant: ConvVariant<ConvOperands>): void {
  if (variant.gathers) return variant.run(gpu, g, operands);
  const { y: to, adds = false, ...others } = operands;
  folding(gpu, g, { to, adds }, (h, out) =>
    withSplits(gpu, 1, out.to, out.adds, (y) => variant.run(gpu, h, { ...others, y })),
  );
}

/** The geometry of the same convolution of an image that was padded by reflection before. */
function unreflected(g: ConvGeometry): ConvGeometry {
  if (!g.reflect) return g;
  return { ...g, height: g.height + 2 * g.padding, width: g.width + 2 * g.padding, padding: 0, reflect: 0 };
}

/** Lets `transpose` compute the result; under reflection, of the padded size, which is then folded back. */
function folding(
  gpu: Gpu,
  g: ConvGeometry,
  destination: Destination,
  transpose: (g: ConvGeometry, destination: Destination) => void,
): void {
  if (!g.reflect) return transpose(g, destination);
  const wide = unreflected(g);
  const to = [g.n, wide.height, wide.width, g.channels] as const;
  using padded = Tensor.untracked(gpu, to, "padded gradient");
  transpose(wide, { to: padded, adds: false });
  foldReflection(gpu, padded, destination, [g.n, g.height, g.width, g.channels], to, { top: g.padding, left: g.padding });
}

/** dw = the gradient of `convForward`'s weight, from its input x and the gradient dy of its output. */
export function convWeightGrad(
  gpu: Gpu,
  g: ConvGeometry,
  x: Tensor,
  dy: Tensor,
  destination: Destination,
  shared?: SharedGradient,
): void {
  if (oneChannelFits(g)) return weightGradOneChannel(gpu, g, x, dy, destination, shared);
  if (tapsFit(g)) return weightGradTaps(gpu, g, x, dy, destination, shared);
  if (fewInputsFit(g)) return weightGradFewInputs(gpu, g, x, dy, destination);
  const { to: dw, adds } = destination;
  const wide = padGeometry(g);
  using x4 = padChannels(gpu, x);
  using dy4 = padChannels(gpu, dy);
  const columns = g.kernelHeight * g.kernelWidth * wide.channels * wide.outChannels;
  // Written straight to dw where no channels are filled up.
  using dw4 = columns === dw.size ? dw.alias() : Tensor.untracked(gpu, [columns], "padded weight gradient");
  pickVariant(gpu, "weightGrad", wide, convVariants.weightGrad).run(gpu, wide, {
    x: x4,
    dy: dy4,
    dw: dw4,
    adds: adds && columns === dw.size,
    shared,
  });
  if (columns !== dw.size) cutWeight(gpu, dw4, destination);
}

/** db[c] = Σ dy[…, c]: the gradient of a bias. */
export function biasGrad(gpu: Gpu, dy: Tensor, { to: db, adds }: Destination): void {
  reduceRows(gpu, dy, db, { groups: 1, rows: dy.size / db.size, columns: db.size, adds });
}

/** The geometry of the operands with their channels filled up. */
function padGeometry(g: ConvGeometry): ConvGeometry {
  return { ...g, channels: roundUp4(g.channels), outChannels: roundUp4(g.outChannels) };
}

/** `y` itself, or room for it with channels filled up to a multiple of 4. */
function paddedOutput(gpu: Gpu, y: Tensor, channels: number): Tensor {
  if (channels % 4 === 0) return y.alias();
  return Tensor.untracked(gpu, [y.size / channels, roundUp4(channels)], "padded output");
}

function cutOutput(gpu: Gpu, padded: Tensor, y: Tensor, channels: number, adds = false): void {
  if (channels % 4 === 0) return;
  const rows = y.size / channels;
  const xChannels = roundUp4(channels);
  copyChannels(gpu, padded, y, { rows, xChannels, yChannels: channels, start: 0, offset: 0, count: channels, adds });
}

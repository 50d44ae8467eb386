/**
 * The lowering for every convolution: the product is the convolution itself, with channels filled up to multiples of 4.
 *
 * Channels that are no multiple of 4 (RGB ends, the one-channel patch map) are filled up with zeros in a copy, so that every
 * kernel reads and writes whole vec4.
 */
import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";
import { copyChannels } from "../lib/copy-channels.js";
import type { ConvGeometry } from "./geometry.js";
import { cutWeight, padChannels, paddedGradient, padWeight, roundUp4 } from "./pad-channels.js";
import type { CallOf, ConvPass, Lowering } from "./pass.js";
import { runPass } from "./variants.js";

const always = (): boolean => true;
const productOf = (pass: ConvPass) => (g: ConvGeometry) => ({ pass, g: padGeometry(g) });

export const plain = {
  /** y = conv(x, w) + bias. */
  forward: {
    fits: always,
    product: productOf("forward"),
    run(gpu, g, { x, w, bias, y }) {
      using x4 = padChannels(gpu, x);
      using w4 = padWeight(gpu, w);
      using bias4 = bias && padChannels(gpu, bias);
      using y4 = paddedOutput(gpu, y, g.outChannels);
      runPass(gpu, "forward", padGeometry(g), { x: x4, w: w4, bias: bias4, y: y4 });
      cutOutput(gpu, y4, y, g.outChannels);
    },
  } satisfies Lowering<CallOf["forward"]>,

  /** The transpose of "forward" applied to x, + bias: of the convolution's input shape, as x is of its output's. */
  transposed: {
    fits: always,
    product: productOf("transposed"),
    run(gpu, g, { x, w, bias, to: { to: y, adds }, shared }) {
      using x4 = padChannels(gpu, x);
      using w4 = padWeight(gpu, w);
      using bias4 = bias && padChannels(gpu, bias);
      using y4 = paddedOutput(gpu, y, g.channels);
      runPass(gpu, "transposed", padGeometry(g), { x: x4, w: w4, bias: bias4, y: y4, adds: adds && y4.storage === y.storage, shared });
      cutOutput(gpu, y4, y, g.channels, adds);
    },
  } satisfies Lowering<CallOf["transposed"]>,

  /** dw = the gradient of the weight of "forward", from its input x and the gradient dy of its output. */
  weightGrad: {
    fits: always,
    product: productOf("weightGrad"),
    run(gpu, g, { x, dy, to, shared }) {
      const wide = padGeometry(g);
      using x4 = padChannels(gpu, x);
      using dy4 = padChannels(gpu, dy);
      const size = g.kernelHeight * g.kernelWidth * wide.channels * wide.outChannels;
      const compute = (dw: Tensor, adds: boolean): void => runPass(gpu, "weightGrad", wide, { x: x4, dy: dy4, dw, adds, shared });
      paddedGradient(gpu, to, size, compute, (padded) => cutWeight(gpu, padded, to));
    },
  } satisfies Lowering<CallOf["weightGrad"]>,
};

/** The geometry of the operands with their channels filled up. */
function padGeometry(g: ConvGeometry): ConvGeometry {
  return { ...g, channels: roundUp4(g.channels), outChannels: roundUp4(g.outChannels) };
}

/** `y` itself, or room for it with channels filled up to a multiple of 4. */
function paddedOutput(gpu: Gpu, y: Tensor, channels: number): Tensor {
  if (channels % 4 === 0) return y.alias();
  return Tensor.untracked(gpu, [y.size / channels, roundUp4(channels)], "padded output", y.dtype);
}

function cutOutput(gpu: Gpu, padded: Tensor, y: Tensor, channels: number, adds = false): void {
  if (channels % 4 === 0) return;
  const rows = y.size / channels;
  const xChannels = roundUp4(channels);
  copyChannels(gpu, padded, y, { rows, xChannels, yChannels: channels, start: 0, offset: 0, count: channels, adds });
}

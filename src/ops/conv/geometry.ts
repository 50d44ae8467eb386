/** The sizes of a convolution, and checks of its operands. */
import { ShapeError } from "../../errors.js";
import { formatShape, imageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The sizes of a convolution from a wide side x [n, height, width, channels] to a narrow side y. */
export interface ConvGeometry {
  readonly n: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly stride: number;
  readonly padding: number;
  /** 1: outside the image is its reflection; 0: zeros. */
  readonly reflect: 0 | 1;
}

/** Floating-point operations of one pass, forward or either gradient: a multiplication and an addition for each tap. */
export function convFlops(g: ConvGeometry): number {
  return 2 * g.n * g.outHeight * g.outWidth * g.outChannels * g.kernelHeight * g.kernelWidth * g.channels;
}

/** The sizes that a transposed kernel needs. Output pixels come phase by phase of the stride, all phases as large as the largest. */
export function transposedSizes(g: ConvGeometry) {
  const { outHeight: inHeight, outWidth: inWidth, height, width, stride } = g;
  const phaseHeight = Math.ceil(height / stride);
  const phaseWidth = Math.ceil(width / stride);
  const phasePixels = g.n * phaseHeight * phaseWidth;
  const channels = g.channels / 4;
  return { inHeight, inWidth, inChannels: g.outChannels / 4, height, width, channels, phaseHeight, phaseWidth, phasePixels };
}

/** Throws ShapeError unless the weight has four axes and `axis` of it has `channels`; returns the weight's shape. */
export function weightShape(op: string, x: Tensor, weight: Tensor, axis: 2 | 3): readonly [number, number, number, number] {
  const [, , , c] = imageShape(op, "x", x.shape);
  const [kh, kw, first, second] = weight.shape;
  if (weight.shape.length !== 4 || kh === undefined || kw === undefined || first === undefined || second === undefined) {
    throw new ShapeError(`${op}: expected a weight of four axes, got ${formatShape(weight.shape)}.`);
  }
  if (weight.shape[axis] !== c) {
    throw new ShapeError(
      `${op}: expected a weight for ${c} input channels, got ${weight.shape[axis]} ` +
        `(x ${formatShape(x.shape)}, weight ${formatShape(weight.shape)}).`,
    );
  }
  return [kh, kw, first, second];
}

/** Throws ShapeError unless the bias, if there is one, has one value for each of `channels`. */
export function checkBias(op: string, bias: Tensor | undefined, channels: number): void {
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== channels)) {
    throw new ShapeError(`${op}: expected a bias of shape [${channels}], got ${formatShape(bias.shape)}.`);
  }
}

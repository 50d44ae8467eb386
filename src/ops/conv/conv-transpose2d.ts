/** Transposed convolution: the differentiable op. */
import { checkCount } from "../../check-number.js";
import { ShapeError } from "../../errors.js";
import { formatShape, imageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { biasGrad, runConv } from "./lower.js";
import { checkBias, weightShape, type ConvGeometry } from "./geometry.js";
import { defineOp } from "../../tensor/op.js";

export interface ConvTranspose2dOptions {
  /** Default 1. */
  readonly stride?: number;
  /** Pixels cut from every side of the full result, default 0. */
  readonly padding?: number;
  /** Rows and columns added at the bottom and right, smaller than stride, default 0. */
  readonly outputPadding?: number;
}

const convTranspose2dOp = defineOp<{ x: Tensor; weight: Tensor; bias?: Tensor }, Required<ConvTranspose2dOptions>>()({
  name: "convTranspose2d",
  shape({ x, weight, bias }, options) {
    const { n, height, width, channels } = geometryOf(x, weight, options);
    checkBias("convTranspose2d", bias, channels);
    return [n, height, width, channels];
  },
  forward({ gpu, inputs: { x, weight, bias }, attrs, y }) {
    runConv(gpu, "transposed", geometryOf(x, weight, attrs), { x, w: weight, bias, to: { to: y, adds: false } });
    return { x, weight };
  },
  backward({ gpu, saved: { x, weight }, attrs, dy, needs, gradient, destination }) {
    const geometry = geometryOf(x, weight, attrs);
    const dx = needs("x") ? gradient("x") : undefined;
    if (dx) runConv(gpu, "forward", geometry, { x: dy, w: weight, bias: undefined, y: dx });
    const dw = needs("weight") ? destination("weight") : undefined;
    if (dw) runConv(gpu, "weightGrad", geometry, { x: dy, dy: x, to: dw });
    const db = needs("bias") ? destination("bias") : undefined;
    if (db) biasGrad(gpu, dy, db);
    return { x: dx, weight: dw?.to, bias: db?.to };
  },
});

/** The geometry of the convolution that this one transposes: its input is our output. */
function geometryOf(x: Tensor, weight: Tensor, options: Required<ConvTranspose2dOptions>): ConvGeometry {
  const { stride, padding, outputPadding } = options;
  const [n, outHeight, outWidth, outChannels] = imageShape("convTranspose2d", "x", x.shape);
  const [kernelHeight, kernelWidth, channels] = weightShape("convTranspose2d", x, weight, 3);
  checkCount("convTranspose2d", "stride", stride, 1);
  checkCount("convTranspose2d", "padding", padding, 0);
  checkCount("convTranspose2d", "outputPadding", outputPadding, 0);
  if (outputPadding >= stride) {
    throw new ShapeError(`convTranspose2d: expected outputPadding below stride ${stride}, got ${outputPadding}.`);
  }
  const height = (outHeight - 1) * stride - 2 * padding + kernelHeight + outputPadding;
  const width = (outWidth - 1) * stride - 2 * padding + kernelWidth + outputPadding;
  if (height < 1 || width < 1) {
    throw new ShapeError(
      `convTranspose2d: expected a result of at least one pixel, got ${height} × ${width} ` +
        `(x ${formatShape(x.shape)}, weight ${formatShape(weight.shape)}, padding ${padding}).`,
    );
  }
  const kernel = { kernelHeight, kernelWidth, stride, padding };
  return { n, height, width, channels, outHeight, outWidth, outChannels, ...kernel, reflect: 0 };
}

/**
 * y[n, ih·stride + kh − padding, iw·stride + kw − padding, o] += x[n, ih, iw, c] · weight[kh, kw, o, c], and + bias[o]:
 * the transpose of the convolution that has this weight.
 *
 * Shape: x [n, h, w, c], weight [kh, kw, o, c], bias [o] or none
 * → [n, (h − 1)·stride − 2·padding + kh + outputPadding, …, o].
 * Throws ShapeError if shapes do not fit. Source: PyTorch's conv_transpose2d.
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: ConvTranspose2dOptions = {},
): Tensor {
  const { stride = 1, padding = 0, outputPadding = 0 } = options;
  return convTranspose2dOp(bias ? { x, weight, bias } : { x, weight }, { stride, padding, outputPadding });
}

/** Convolution: the differentiable op. */
import { checkCount } from "../../check-number.js";
import { ShapeError } from "../../errors.js";
import { formatShape, imageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { biasGrad, runConv } from "./lower.js";
import { checkBias, weightShape, type ConvGeometry } from "./geometry.js";
import { SharedGradient } from "./pass.js";
import { defineOp } from "../../tensor/op.js";
import { checkPadding } from "../image/reflection-pad2d.js";

export interface Conv2dOptions {
  /** Default 1. */
  readonly stride?: number;
  /** Pixels added on every side, default 0. */
  readonly padding?: number;
  /** Default "zeros". */
  readonly paddingMode?: "zeros" | "reflect";
}

const conv2dOp = defineOp<{ x: Tensor; weight: Tensor; bias?: Tensor }, Required<Conv2dOptions>>()({
  name: "conv2d",
  shape({ x, weight, bias }, options) {
    const { n, outHeight, outWidth, outChannels } = geometryOf(x, weight, options);
    checkBias("conv2d", bias, outChannels);
    return [n, outHeight, outWidth, outChannels];
  },
  forward({ gpu, inputs: { x, weight, bias }, attrs, y }) {
    runConv(gpu, "forward", geometryOf(x, weight, attrs), { x, w: weight, bias, y });
    return { x, weight };
  },
  backward({ gpu, saved: { x, weight }, attrs, dy, needs, destination }) {
    const geometry = geometryOf(x, weight, attrs);
    using shared = new SharedGradient();
    const dx = needs("x") ? destination("x") : undefined;
    if (dx) runConv(gpu, "transposed", geometry, { x: dy, w: weight, bias: undefined, to: dx, shared });
    const dw = needs("weight") ? destination("weight") : undefined;
    if (dw) runConv(gpu, "weightGrad", geometry, { x, dy, to: dw, shared });
    const db = needs("bias") ? destination("bias") : undefined;
    if (db) biasGrad(gpu, dy, db);
    return { x: dx?.to, weight: dw?.to, bias: db?.to };
  },
});

function geometryOf(x: Tensor, weight: Tensor, { stride, padding, paddingMode }: Required<Conv2dOptions>): ConvGeometry {
  const [n, height, width, channels] = imageShape("conv2d", "x", x.shape);
  const [kernelHeight, kernelWidth, , outChannels] = weightShape("conv2d", x, weight, 2);
  checkCount("conv2d", "stride", stride, 1);
  checkCount("conv2d", "padding", padding, 0);
  const reflect = paddingMode === "reflect" ? 1 : 0;
  if (reflect) checkPadding("conv2d", x, { top: padding, bottom: padding, left: padding, right: padding });
  const outHeight = Math.floor((height + 2 * padding - kernelHeight) / stride) + 1;
  const outWidth = Math.floor((width + 2 * padding - kernelWidth) / stride) + 1;
  if (outHeight < 1 || outWidth < 1) {
    throw new ShapeError(
      `conv2d: expected an image of at least ${kernelHeight} × ${kernelWidth} with its padding of ${padding}, ` +
        `got x ${formatShape(x.shape)}, weight ${formatShape(weight.shape)}.`,
    );
  }
  const kernel = { kernelHeight, kernelWidth, stride, padding };
  return { n, height, width, channels, outHeight, outWidth, outChannels, ...kernel, reflect };
}

/**
 * y[n, oh, ow, o] = bias[o] + Σ_{kh, kw, c} x[n, oh·stride + kh − padding, ow·stride + kw − padding, c] · weight[kh, kw, c, o]
 *
 * A cross-correlation, as everywhere in deep learning. Padding by reflection needs no copy: the kernels reflect indices.
 *
 * Shape: x [n, h, w, c], weight [kh, kw, c, o], bias [o] or none → [n, ⌊(h + 2·padding − kh) / stride⌋ + 1, …, o].
 * Throws ShapeError if shapes do not fit or a reflection is as large as the image. Source: PyTorch's conv2d.
 */
export function conv2d(x: Tensor, weight: Tensor, bias?: Tensor, options: Conv2dOptions = {}): Tensor {
  const { stride = 1, padding = 0, paddingMode = "zeros" } = options;
  return conv2dOp(bias ? { x, weight, bias } : { x, weight }, { stride, padding, paddingMode });
}

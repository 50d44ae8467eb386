import { ShapeError } from "../errors.js";
import { imageShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { normBackward, normForward, normStatistics, type NormLayout } from "./norm-kernels.js";
import { defineOp } from "./op.js";

const instanceNormOp = defineOp<{ x: Tensor }, { slope: number }>()({
  name: "instanceNorm",
  shape({ x }, { slope }) {
    imageShape("instanceNorm", "x", x.shape);
    if (!(slope >= 0)) throw new ShapeError(`instanceNorm: expected a slope of at least 0, got ${slope}.`);
    return x.shape;
  },
  forward({ gpu, inputs: { x }, attrs: { slope }, y, temporary }) {
    const layout = layoutOf(x);
    const mean = temporary([layout.groups, layout.channels]);
    const rstd = temporary([layout.groups, layout.channels]);
    normStatistics(gpu, layout, x, { mean, rstd });
    normForward(gpu, layout, x, { mean, rstd }, undefined, slope, y);
    return { x, mean, rstd };
  },
  backward({ gpu, saved: { x, mean, rstd }, attrs: { slope }, dy, gradient, temporary }) {
    const layout = layoutOf(x);
    using sums = temporary([layout.groups, 2, layout.channels]);
    const dx = gradient("x");
    normBackward(gpu, layout, x, { mean, rstd }, undefined, slope, dy, sums, dx);
    return { x: dx };
  },
});

/** A group for each image. */
function layoutOf(x: Tensor): NormLayout {
  const [n, h, w, c] = imageShape("instanceNorm", "x", x.shape);
  return { groups: n, pixels: h * w, channels: c };
}

/**
 * y = a((x − mean) / sqrt(variance + 1e-5)) with mean and biased variance over h and w, for each image and channel, and
 * a(z) = z where z > 0, else slope · z.
 *
 * Shape: [n, h, w, c], the same out. `slope`: 1, the default, leaves the activation out; 0 is ReLU, 0.2 CycleGAN's
 * LeakyReLU; a separate activation costs one more pass over the image. A constant channel becomes 0. Throws ShapeError
 * unless x has four axes and slope is at least 0. Source: arXiv 1607.08022; PyTorch's InstanceNorm2d without affine.
 */
export function instanceNorm(x: Tensor, slope = 1): Tensor {
  return instanceNormOp({ x }, { slope });
}

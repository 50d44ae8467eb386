import { ShapeError } from "../errors.js";
import { formatShape, imageShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { copyChannels } from "./copy-channels.js";
import { normBackward, normForward, normStatistics, type NormLayout } from "./norm-kernels.js";
import { defineOp } from "./op.js";

const batchNormOp = defineOp<{ x: Tensor; weight: Tensor; bias: Tensor }, { slope: number }>()({
  name: "batchNorm",
  shape({ x, weight, bias }, { slope }) {
    const [, , , c] = imageShape("batchNorm", "x", x.shape);
    for (const vector of [weight, bias]) {
      if (vector.shape.length !== 1 || vector.size !== c) {
        throw new ShapeError(
          `batchNorm: expected weight and bias of shape [${c}], got ${formatShape(weight.shape)} and ` +
            `${formatShape(bias.shape)} (x ${formatShape(x.shape)}).`,
        );
      }
    }
    if (!(slope >= 0)) throw new ShapeError(`batchNorm: expected a slope of at least 0, got ${slope}.`);
    return x.shape;
  },
  forward({ gpu, inputs: { x, weight, bias }, attrs: { slope }, y, temporary }) {
    const layout = layoutOf(x);
    const mean = temporary([layout.channels]);
    const rstd = temporary([layout.channels]);
    normStatistics(gpu, layout, x, { mean, rstd });
    normForward(gpu, layout, x, { mean, rstd }, { weight, bias }, slope, y);
    return { x, weight, bias, mean, rstd };
  },
  backward({ gpu, saved: { x, weight, bias, mean, rstd }, attrs: { slope }, dy, needs, gradient, temporary }) {
    const layout = layoutOf(x);
    using sums = temporary([2, layout.channels]);
    const dx = needs("x") ? gradient("x") : undefined;
    normBackward(gpu, layout, x, { mean, rstd }, { weight, bias }, slope, dy, sums, dx);
    const row = (input: "weight" | "bias", start: number): Tensor | undefined => {
      if (!needs(input)) return undefined;
      const gradientOf = gradient(input);
      const count = layout.channels;
      copyChannels(gpu, sums, gradientOf, { rows: 1, xChannels: 2 * count, yChannels: count, start, offset: 0, count });
      return gradientOf;
    };
    return { x: dx, bias: row("bias", 0), weight: row("weight", layout.channels) };
  },
});

/** One group of all pixels of all images. */
function layoutOf(x: Tensor): NormLayout {
  const [n, h, w, c] = imageShape("batchNorm", "x", x.shape);
  return { groups: 1, pixels: n * h * w, channels: c };
}

/**
 * y = a(weight · (x − mean) / sqrt(variance + 1e-5) + bias) with mean and biased variance of each channel over the batch,
 * h and w, and a(u) = u where u > 0, else slope · u.
 *
 * Shape: x [n, h, w, c], weight [c], bias [c] → [n, h, w, c]. `slope` as in `instanceNorm`. The statistics are always
 * the batch's own: there are no running ones. Throws ShapeError when shapes do not fit.
 * Source: arXiv 1502.03167; PyTorch's BatchNorm2d in training.
 */
export function batchNorm(x: Tensor, weight: Tensor, bias: Tensor, slope = 1): Tensor {
  return batchNormOp({ x, weight, bias }, { slope });
}

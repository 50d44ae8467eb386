/** Batch normalisation, fused with the activation behind it. */
import { ShapeError } from "../../errors.js";
import { formatShape, imageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { copyChannels } from "../lib/copy-channels.js";
import { normForward, normInputGrad, normSums, type NormLayout } from "./launch.js";
import { defineOp } from "../../tensor/op.js";
import { reduceRows } from "../lib/reduce-rows.js";

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
    const statistics = temporary([2, layout.channels]);
    normForward(gpu, layout, { x, statistics, affine: { weight, bias }, slope }, undefined, y);
    return { x, weight, bias, statistics };
  },
  backward({ gpu, saved: { x, weight, bias, statistics }, attrs: { slope }, dy, needs, gradient, temporary }) {
    const layout = layoutOf(x);
    const operands = { x, statistics, affine: { weight, bias }, slope };
    const dx = needs("x") ? gradient("x") : undefined;
    if (!needs("weight") && !needs("bias")) {
      if (dx) normInputGrad(gpu, layout, operands, dy, dx);
      return { x: dx };
    }
    using parts = normSums(gpu, layout, operands, dy);
    if (dx) normInputGrad(gpu, layout, operands, dy, dx, parts);
    using sums = temporary([2, layout.channels]);
    const [, ranges = 1] = parts.shape;
    reduceRows(gpu, parts, sums, { groups: 1, rows: ranges, columns: 2 * layout.channels });
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

/** One image of all pixels of the batch. */
function layoutOf(x: Tensor): NormLayout {
  const [n, h, w, c] = imageShape("batchNorm", "x", x.shape);
  return { images: 1, pixels: n * h * w, channels: c };
}

/**
 * y = a(weight · (x − mean) / sqrt(variance + 1e-5) + bias) with mean and biased variance of each channel over the batch,
 * h and w, and a(u) = u if u > 0, else slope · u.
 *
 * Shape: x [n, h, w, c], weight [c], bias [c] → [n, h, w, c]. `slope` as in `instanceNorm`. The statistics are always
 * those of the batch; there are no running statistics. Throws ShapeError if shapes do not fit.
 * Source: arXiv 1502.03167; PyTorch's BatchNorm2d in training.
 */
export function batchNorm(x: Tensor, weight: Tensor, bias: Tensor, slope = 1): Tensor {
  return batchNormOp({ x, weight, bias }, { slope });
}

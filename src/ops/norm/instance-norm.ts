/** Instance normalisation, fused with the activation or the sum behind it. */
import { ShapeError } from "../../errors.js";
import { formatShape, imageShape, sameShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { normForward, normInputGrad, type NormLayout } from "./launch.js";
import { defineOp } from "../../tensor/op.js";

const instanceNormOp = defineOp<{ x: Tensor; skip?: Tensor | undefined }, { slope: number }>()({
  name: "instanceNorm",
  shape({ x, skip }, { slope }) {
    imageShape("instanceNorm", "x", x.shape);
    if (!(slope >= 0)) throw new ShapeError(`instanceNorm: expected a slope of at least 0, got ${slope}.`);
    if (skip && !sameShape(x.shape, skip.shape)) {
      throw new ShapeError(`instanceNorm: expected skip of x's shape ${formatShape(x.shape)}, got ${formatShape(skip.shape)}.`);
    }
    return x.shape;
  },
  forward({ gpu, inputs: { x, skip }, attrs: { slope }, y, temporary }) {
    const layout = layoutOf(x);
    const statistics = temporary([layout.images, 2, layout.channels]);
    normForward(gpu, layout, { x, statistics, slope }, skip, y);
    return { x, statistics };
  },
  backward({ gpu, saved, attrs: { slope }, dy, needs, gradient }) {
    const skip = needs("skip") ? dy : undefined;
    if (!needs("x")) return { skip };
    const layout = layoutOf(saved.x);
    const dx = gradient("x");
    normInputGrad(gpu, layout, { ...saved, slope }, dy, dx);
    return { x: dx, skip };
  },
});

function layoutOf(x: Tensor): NormLayout {
  const [n, h, w, c] = imageShape("instanceNorm", "x", x.shape);
  return { images: n, pixels: h * w, channels: c };
}

/**
 * y = a((x − mean) / sqrt(variance + 1e-5)) + skip with mean and biased variance over h and w, for each image and channel,
 * and a(z) = z if z > 0, else slope · z.
 *
 * Shape: [n, h, w, c], the same for skip and out. `slope`: 1, the default, means no activation, 0 is ReLU, 0.2 is
 * CycleGAN's LeakyReLU. `skip`: a residual block's input, default none. A separate activation or sum would cost one more pass
 * over the image each. A constant channel becomes 0. Throws ShapeError unless x has
 * four axes, skip its shape, and slope is at least 0. Source: arXiv 1607.08022; PyTorch's InstanceNorm2d without affine.
 */
export function instanceNorm(x: Tensor, slope = 1, skip?: Tensor): Tensor {
  return instanceNormOp({ x, skip }, { slope });
}

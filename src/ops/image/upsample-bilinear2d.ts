/** Bilinear upsampling by 2. */
import { imageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp } from "../../tensor/op.js";
import { widthOf } from "../lib/width.js";

const upsampleBilinear2dOp = defineOp<{ x: Tensor }>()({
  name: "upsampleBilinear2d",
  shape({ x }) {
    const [n, h, w, c] = imageShape("upsampleBilinear2d", "x", x.shape);
    return [n, 2 * h, 2 * w, c];
  },
  forward({ gpu, inputs: { x }, y }) {
    const [, height, width, c] = imageShape("upsampleBilinear2d", "x", x.shape);
    const lanes = widthOf(c);
    const size = y.size / lanes;
    gpu.run("upsample-bilinear2d/forward", { x, y, height, width, channels: c / lanes, size }, { threads: size, width: lanes });
    return {};
  },
  backward({ gpu, dy, gradient }) {
    const dx = gradient("x");
    const [, height, width, c] = imageShape("upsampleBilinear2d", "dx", dx.shape);
    const lanes = widthOf(c);
    const size = dx.size / lanes;
    gpu.run("upsample-bilinear2d/backward", { dy, dx, height, width, channels: c / lanes, size }, { threads: size, width: lanes });
    return { x: dx };
  },
});

/**
 * Doubles height and width: a pixel of y is ¾ of the pixel of x that it lies in and ¼ of the next one on its side, in each
 * direction, with edges repeated.
 *
 * It is also the antialiased upsampling of CUT: a transposed convolution of stride 2 with (1, 3, 3, 1)ᵀ(1, 3, 3, 1) / 16 has the same
 * weights.
 *
 * Shape: x [n, h, w, c] → [n, 2h, 2w, c]. Throws ShapeError unless x has four axes. Source: PyTorch's Upsample with scale_factor 2,
 * mode bilinear and align_corners false; arXiv 1904.11486.
 */
export function upsampleBilinear2d(x: Tensor): Tensor {
  return upsampleBilinear2dOp({ x }, {});
}

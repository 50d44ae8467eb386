/** Nearest-neighbour upsampling by 2. */
import { imageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp } from "../../tensor/op.js";
import { widthOf } from "../lib/width.js";

const upsampleNearest2dOp = defineOp<{ x: Tensor }>()({
  name: "upsampleNearest2d",
  shape({ x }) {
    const [n, h, w, c] = imageShape("upsampleNearest2d", "x", x.shape);
    return [n, 2 * h, 2 * w, c];
  },
  forward({ gpu, inputs: { x }, y }) {
    const [, , width, c] = imageShape("upsampleNearest2d", "x", x.shape);
    const lanes = widthOf(c);
    const size = y.size / lanes;
    gpu.run("upsample-nearest2d/forward", { x, y, width, channels: c / lanes, size }, { threads: size, width: lanes });
    return {};
  },
  backward({ gpu, dy, gradient }) {
    const dx = gradient("x");
    const [, , width, c] = imageShape("upsampleNearest2d", "dx", dx.shape);
    const lanes = widthOf(c);
    const size = dx.size / lanes;
    gpu.run("upsample-nearest2d/backward", { dy, dx, width, channels: c / lanes, size }, { threads: size, width: lanes });
    return { x: dx };
  },
});

/**
 * Doubles height and width, each pixel becoming four: y[n, h, w, c] = x[n, ⌊h / 2⌋, ⌊w / 2⌋, c].
 *
 * Shape: x [n, h, w, c] → [n, 2h, 2w, c]. Throws ShapeError unless x has four axes. Source: PyTorch's Upsample with
 * scale_factor 2 and mode nearest; with a convolution behind it, https://distill.pub/2016/deconv-checkerboard.
 */
export function upsampleNearest2d(x: Tensor): Tensor {
  return upsampleNearest2dOp({ x }, {});
}

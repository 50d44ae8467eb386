/** Blurring and halving an image. */
import { ShapeError } from "../../errors.js";
import { formatShape, imageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp } from "../../tensor/op.js";
import { widthOf } from "../lib/width.js";

const blurPool2dOp = defineOp<{ x: Tensor }>()({
  name: "blurPool2d",
  shape({ x }) {
    const [n, h, w, c] = imageShape("blurPool2d", "x", x.shape);
    if (Math.min(h, w) < 2) {
      throw new ShapeError(`blurPool2d: expected at least 2×2 pixels, which can be reflected, got x ${formatShape(x.shape)}.`);
    }
    return [n, Math.ceil(h / 2), Math.ceil(w / 2), c];
  },
  forward({ gpu, inputs: { x }, y }) {
    const [, height, width, c] = imageShape("blurPool2d", "x", x.shape);
    const lanes = widthOf(c);
    const size = y.size / lanes;
    gpu.run("blur-pool2d/forward", { x, y, height, width, channels: c / lanes, size }, { threads: size, width: lanes });
    return {};
  },
  backward({ gpu, dy, gradient }) {
    const dx = gradient("x");
    const [, height, width, c] = imageShape("blurPool2d", "dx", dx.shape);
    const lanes = widthOf(c);
    const size = dx.size / lanes;
    gpu.run("blur-pool2d/backward", { dy, dx, height, width, channels: c / lanes, size }, { threads: size, width: lanes });
    return { x: dx };
  },
});

/**
 * Halves an image without aliasing: y is every second pixel of x blurred by (1, 2, 1)ᵀ(1, 2, 1) / 16, with edges reflected.
 *
 * Shape: x [n, h, w, c] → [n, ⌈h / 2⌉, ⌈w / 2⌉, c]. Throws ShapeError for other than four axes, or less than 2×2 pixels.
 * Source: arXiv 1904.11486, BlurPool with a filter of 3.
 */
export function blurPool2d(x: Tensor): Tensor {
  return blurPool2dOp({ x }, {});
}

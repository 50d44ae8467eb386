import { imageShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { defineOp } from "./op.js";
import { widthOf } from "./width.js";

const upsampleOp = defineOp<{ x: Tensor }>()({
  name: "upsample2d",
  shape({ x }) {
    const [n, h, w, c] = imageShape("upsample2d", "x", x.shape);
    return [n, 2 * h, 2 * w, c];
  },
  forward({ gpu, inputs: { x }, y }) {
    const { args, grid } = callOf(x, y.size);
    gpu.run("upsample/forward", { x, y, ...args }, grid);
    return {};
  },
  backward({ gpu, dy, gradient }) {
    const dx = gradient("x");
    const { args, grid } = callOf(dx, dx.size);
    gpu.run("upsample/backward", { dy, dx, ...args }, grid);
    return { x: dx };
  },
});

/** Of both kernels, over `elements` of what they write; `small` is the image before it is enlarged. */
function callOf(small: Tensor, elements: number) {
  const [, , width, channels] = imageShape("upsample2d", "x", small.shape);
  const lanes = widthOf(channels);
  const size = elements / lanes;
  return { args: { width, channels: channels / lanes, size }, grid: { threads: size, width: lanes } };
}

/**
 * y[n, i, j, c] = x[n, ⌊i / 2⌋, ⌊j / 2⌋, c]: every pixel four times.
 *
 * Shape: x [n, h, w, c] → [n, 2·h, 2·w, c]. Throws ShapeError for other than four axes. Source: PyTorch's Upsample with
 * scale_factor 2, mode nearest.
 */
export function upsample2d(x: Tensor): Tensor {
  return upsampleOp({ x }, {});
}

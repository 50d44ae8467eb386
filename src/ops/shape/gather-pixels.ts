/** Some pixels of each image. */
import { ShapeError } from "../../errors.js";
import { formatShape, imageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp } from "../../tensor/op.js";
import { widthOf } from "../lib/width.js";

const gatherPixelsOp = defineOp<{ x: Tensor }, { positions: readonly number[] }>()({
  name: "gatherPixels",
  shape({ x }, { positions }) {
    const [n, h, w, c] = imageShape("gatherPixels", "x", x.shape);
    const wrong = positions.find((position) => !(Number.isInteger(position) && position >= 0 && position < h * w));
    if (wrong !== undefined) {
      throw new ShapeError(`gatherPixels: expected positions of whole numbers below ${h * w} for x ${formatShape(x.shape)}, got ${wrong}.`);
    }
    if (new Set(positions).size !== positions.length) throw new ShapeError("gatherPixels: expected different positions, got one twice.");
    return [n, positions.length, c];
  },
  forward({ gpu, inputs: { x }, attrs, y, temporary }) {
    const [, h, w, c] = imageShape("gatherPixels", "x", x.shape);
    const positions = temporary([attrs.positions.length]);
    positions.write(attrs.positions);
    const lanes = widthOf(c);
    const size = y.size / lanes;
    const args = { pixels: h * w, count: positions.size, channels: c / lanes, size };
    gpu.run("gather-pixels/forward", { x, positions, y, ...args }, { threads: size, width: lanes });
    return { positions };
  },
  backward({ gpu, saved: { positions }, dy, gradient }) {
    const dx = gradient("x");
    const [, h, w, c] = imageShape("gatherPixels", "dx", dx.shape);
    gpu.run("elementwise/fill", { y: dx, value: 0, size: dx.size }, { threads: dx.size, width: 1 });
    const lanes = widthOf(c);
    const size = dy.size / lanes;
    const args = { pixels: h * w, count: positions.size, channels: c / lanes, size };
    gpu.run("gather-pixels/backward", { dy, positions, dx, ...args }, { threads: size, width: lanes });
    return { x: dx };
  },
});

/**
 * The pixels of every image at the same places: y[n, i, c] = x[n, ⌊p_i / w⌋, p_i mod w, c].
 *
 * Shape: x [n, h, w, c] → [n, positions, c]. `positions`: whole numbers below h · w, all different. Throws ShapeError for others,
 * and unless x has four axes. Source: PyTorch's gather; the patch sampling of arXiv 2007.15651.
 */
export function gatherPixels(x: Tensor, positions: readonly number[]): Tensor {
  return gatherPixelsOp({ x }, { positions });
}

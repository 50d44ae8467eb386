/** Bilinear resizing to any size. */
import { checkCount } from "../../check-number.js";
import { ShapeError } from "../../errors.js";
import { formatShape, imageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp } from "../../tensor/op.js";
import { widthOf } from "../lib/width.js";

/** The longest side, before and after: twice a product of two sides must fit into 31 bits. */
const LONGEST = 2 ** 15 - 1;

function sizesOf([, height, width, c]: readonly [number, number, number, number], outHeight: number, outWidth: number) {
  const lanes = widthOf(c);
  return { lanes, sizes: { height, width, outHeight, outWidth, channels: c / lanes } };
}

const resizeBilinear2dOp = defineOp<{ x: Tensor }, { height: number; width: number }>()({
  name: "resizeBilinear2d",
  shape({ x }, { height, width }) {
    const [n, h, w, c] = imageShape("resizeBilinear2d", "x", x.shape);
    checkCount("resizeBilinear2d", "height", height, 1);
    checkCount("resizeBilinear2d", "width", width, 1);
    if (Math.max(h, w, height, width) > LONGEST) {
      throw new ShapeError(`resizeBilinear2d: expected sides of at most ${LONGEST} pixels, got x ${formatShape(x.shape)} to ${height} × ${width}.`);
    }
    return [n, height, width, c];
  },
  forward({ gpu, inputs: { x }, attrs: { height, width }, y }) {
    const { lanes, sizes } = sizesOf(imageShape("resizeBilinear2d", "x", x.shape), height, width);
    const size = y.size / lanes;
    gpu.run("resize-bilinear2d/forward", { x, y, ...sizes, size }, { threads: size, width: lanes });
    return {};
  },
  backward({ gpu, attrs: { height, width }, dy, gradient }) {
    const dx = gradient("x");
    const { lanes, sizes } = sizesOf(imageShape("resizeBilinear2d", "dx", dx.shape), height, width);
    const size = dx.size / lanes;
    gpu.run("resize-bilinear2d/backward", { dy, dx, ...sizes, size }, { threads: size, width: lanes });
    return { x: dx };
  },
});

/**
 * Resizes images: line i of y lies at (i + ½) · h / height − ½ in x, but not before line 0, and is the mean of the two lines between
 * which it lies, weighted by how near they are; columns likewise. Edges are repeated.
 *
 * A smaller image is not smoothed first, so it may alias. `upsampleBilinear2d` doubles an image with a faster kernel.
 *
 * Shape: x [n, h, w, c] → [n, height, width, c]. Throws ShapeError unless x has four axes and all sides have 1 to 32,767 pixels.
 * Source: PyTorch's interpolate with mode bilinear, align_corners false and a size.
 */
export function resizeBilinear2d(x: Tensor, height: number, width: number): Tensor {
  return resizeBilinear2dOp({ x }, { height, width });
}

/** Helpers of ops that work element by element. */
import { ShapeError } from "../../errors.js";
import { formatShape, sameShape, type Shape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { widthOf } from "./width.js";

/** How an element-wise kernel is dispatched over `size` elements: its `size` argument in Vec, and its grid. */
export function elementwise(size: number): { readonly size: number; readonly grid: { threads: number; width: 1 | 4 } } {
  const width = widthOf(size);
  return { size: size / width, grid: { threads: size / width, width } };
}

/** The common shape of two tensors. Throws ShapeError, with the name of the op, if they differ. */
export function commonShape(op: string, a: Tensor, b: Tensor): Shape {
  if (!sameShape(a.shape, b.shape)) {
    throw new ShapeError(
      `${op}: expected two tensors of one shape, got ${formatShape(a.shape)} and ${formatShape(b.shape)}. ` +
        "Nothing is broadcast here.",
    );
  }
  return a.shape;
}

/** A rectangle of an image. */
import { checkCount } from "../../check-number.js";
import { ShapeError } from "../../errors.js";
import { formatShape, imageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { narrow } from "./narrow.js";

/** In pixels. */
export interface Rectangle {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * y[n, i, j, c] = x[n, top + i, left + j, c]
 *
 * Shape: x [n, h, w, c] → [n, height, width, c]. Throws ShapeError unless x has four axes and the rectangle lies inside the image.
 * Source: torchvision's crop, but nothing is padded.
 */
export function crop2d(x: Tensor, { top, left, height, width }: Rectangle): Tensor {
  const [, h, w] = imageShape("crop2d", "x", x.shape);
  for (const [name, value] of Object.entries({ top, left })) checkCount("crop2d", name, value, 0);
  for (const [name, value] of Object.entries({ height, width })) checkCount("crop2d", name, value, 1);
  if (top + height > h || left + width > w) {
    throw new ShapeError(
      `crop2d: expected a rectangle inside x ${formatShape(x.shape)}, got ${height} lines from ${top} on and ${width} columns from ${left} on.`,
    );
  }
  using scope = x.gpu.scope("crop2d");
  return scope.keep(narrow(narrow(x, 1, top, height), 2, left, width));
}

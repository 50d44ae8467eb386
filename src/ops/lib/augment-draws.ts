/** The check that the augmentations share. */
import { ShapeError } from "../../errors.js";
import { formatShape, imageShape, sameShape, type ImageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The shape of x. Throws ShapeError unless there are this many draws for each image. */
export function checkDraws(op: string, x: Tensor, draws: Tensor, each: number): ImageShape {
  const shape = imageShape(op, "x", x.shape);
  if (!sameShape(draws.shape, [shape[0], each])) {
    throw new ShapeError(
      `${op}: expected draws [${shape[0]}, ${each}] for x ${formatShape(shape)}, got ${formatShape(draws.shape)}.`,
    );
  }
  return shape;
}

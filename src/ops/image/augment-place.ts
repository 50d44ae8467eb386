/** DiffAugment's translation and cutout, drawn for each image. */
import { imageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkDraws } from "../lib/augment-draws.js";
import { defineOp } from "../../tensor/op.js";

const augmentPlaceOp = defineOp<{ x: Tensor; draws: Tensor }>()({
  name: "augmentPlace",
  shape: ({ x, draws }) => checkDraws("augmentPlace", x, draws, 6),
  forward({ gpu, inputs: { x, draws }, y }) {
    const [, height, width, channels] = imageShape("augmentPlace", "x", x.shape);
    gpu.run("augment/place", { x, draws, y, height, width, channels, size: y.size }, { threads: y.size });
    return { draws };
  },
  backward({ gpu, saved: { draws }, dy, gradient, needs }) {
    if (!needs("x")) return {};
    const dx = gradient("x");
    const [, height, width, channels] = imageShape("augmentPlace", "dx", dx.shape);
    gpu.run("augment/place-grad", { dy, draws, dx, height, width, channels, size: dx.size }, { threads: dx.size });
    return { x: dx };
  },
});

/**
 * Moves each image by whole pixels, fills with zeros where nothing moves in, and then sets a rectangle to 0.
 *
 * Shape: x [n, h, w, c], the same out; draws [n, 6]: pixels down and right, then top, left, height and width of the
 * rectangle, which may lie partly outside; whole numbers, taken as constants. Throws ShapeError for other shapes.
 * Source: arXiv 2006.10738, "translation" and "cutout".
 */
export function augmentPlace(x: Tensor, draws: Tensor): Tensor {
  return augmentPlaceOp({ x, draws }, {});
}

/** DiffAugment's color: brightness, saturation and contrast, drawn for each image. */
import type { Gpu } from "../../gpu/gpu.js";
import { imageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkDraws } from "../lib/augment-draws.js";
import { defineOp } from "../../tensor/op.js";
import { reduceRows } from "../lib/reduce-rows.js";

const augmentColorOp = defineOp<{ x: Tensor; draws: Tensor }>()({
  name: "augmentColor",
  shape: ({ x, draws }) => checkDraws("augmentColor", x, draws, 3),
  forward({ gpu, inputs: { x, draws }, y, temporary }) {
    using sums = temporary([x.shape[0] ?? 1, x.shape[3] ?? 1]);
    color(gpu, x, draws, sums, y, 1);
    return { draws };
  },
  backward({ gpu, saved: { draws }, dy, gradient, needs, temporary }) {
    if (!needs("x")) return {};
    const dx = gradient("x");
    using sums = temporary([dx.shape[0] ?? 1, dx.shape[3] ?? 1]);
    color(gpu, dy, draws, sums, dx, 0);
    return { x: dx };
  },
});

function color(gpu: Gpu, x: Tensor, draws: Tensor, sums: Tensor, y: Tensor, shift: number): void {
  const [n, h, w, channels] = imageShape("augmentColor", "x", x.shape);
  const pixels = h * w;
  reduceRows(gpu, x, sums, { groups: n, rows: pixels, columns: channels });
  gpu.run("augment/color", { x, sums, draws, y, pixels, channels, size: n * pixels, shift }, { threads: n * pixels });
}

/**
 * Changes brightness by b, then saturation by s about the mean of each pixel's channels, then contrast by k about the mean
 * of the image: y = k · (s · x + (1 − s) · mean_c x) + (1 − k) · mean_hwc x + b.
 *
 * Shape: x [n, h, w, c], the same out; draws [n, 3]: b, s, k of each image, taken as constants. Throws ShapeError for other
 * shapes. Source: arXiv 2006.10738, "color".
 */
export function augmentColor(x: Tensor, draws: Tensor): Tensor {
  return augmentColorOp({ x, draws }, {});
}

/** The sum of all elements. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp } from "../../tensor/op.js";
import { elementwise } from "../lib/elementwise.js";
import { withPartials } from "../lib/partials.js";
import { widthOf } from "../lib/width.js";

const sumOp = defineOp<{ x: Tensor }, { alpha: number }>()({
  name: "sum",
  dtype: "float32",
  shape: () => [],
  forward({ gpu, inputs: { x }, attrs: { alpha }, y }) {
    withPartials(gpu, x.size, y, alpha, widthOf(x.size), (size, partials, grid) => {
      gpu.run("reduce/sum-partial", { x, partials, size, threads: grid.threads }, grid);
    });
    return {};
  },
  backward({ gpu, attrs: { alpha }, dy, gradient }) {
    const dx = gradient("x");
    const { size, grid } = elementwise(dx.size);
    gpu.run("reduce/broadcast", { dy, dx, alpha, size }, grid);
    return { x: dx };
  },
});

/** y = Σ x over all elements, in an order that depends only on their number. Shape: any → []. */
export function sum(x: Tensor): Tensor {
  return scaledSum(x, 1);
}

/** y = alpha · Σ x over all elements, for a number alpha. Shape: any → []. */
export function scaledSum(x: Tensor, alpha: number): Tensor {
  return sumOp({ x }, { alpha });
}

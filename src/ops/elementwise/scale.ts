/** Multiplication by a number. */
import type { Tensor } from "../../tensor/tensor.js";
import { elementwise } from "../lib/elementwise.js";
import { defineOp } from "../../tensor/op.js";

const scaleOp = defineOp<{ x: Tensor }, { alpha: number }>()({
  name: "scale",
  shape: ({ x }) => x.shape,
  forward({ gpu, inputs: { x }, attrs: { alpha }, y }) {
    const { size, grid } = elementwise(x.size);
    gpu.run("elementwise/scale", { x, y, alpha, size }, grid);
    return {};
  },
  backward({ gpu, attrs: { alpha }, dy, gradient }) {
    const dx = gradient("x");
    const { size, grid } = elementwise(dy.size);
    gpu.run("elementwise/scale", { x: dy, y: dx, alpha, size }, grid);
    return { x: dx };
  },
});

/** y = alpha · x for a number alpha. Shape: any. */
export function scale(x: Tensor, alpha: number): Tensor {
  return scaleOp({ x }, { alpha });
}

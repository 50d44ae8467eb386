import type { Tensor } from "../tensor/tensor.js";
import { elementwise } from "./lib/elementwise.js";
import { defineOp } from "../tensor/op.js";

const sigmoidOp = defineOp<{ x: Tensor }>()({
  name: "sigmoid",
  shape: ({ x }) => x.shape,
  forward({ gpu, inputs: { x }, y }) {
    const { size, grid } = elementwise(x.size);
    gpu.run("elementwise/sigmoid", { x, y, size }, grid);
    return { y };
  },
  backward({ gpu, saved: { y }, dy, gradient }) {
    const dx = gradient("x");
    const { size, grid } = elementwise(y.size);
    gpu.run("elementwise/sigmoid-grad", { y, dy, dx, size }, grid);
    return { x: dx };
  },
});

/** y = 1 / (1 + exp(−x)). Shape: any. */
export function sigmoid(x: Tensor): Tensor {
  return sigmoidOp({ x }, {});
}

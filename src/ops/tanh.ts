import type { Tensor } from "../tensor/tensor.js";
import { elementwise } from "./lib/elementwise.js";
import { defineOp } from "../tensor/op.js";

const tanhOp = defineOp<{ x: Tensor }>()({
  name: "tanh",
  shape: ({ x }) => x.shape,
  forward({ gpu, inputs: { x }, y }) {
    const { size, grid } = elementwise(x.size);
    gpu.run("elementwise/tanh", { x, y, size }, grid);
    return { y };
  },
  backward({ gpu, saved: { y }, dy, gradient }) {
    const dx = gradient("x");
    const { size, grid } = elementwise(y.size);
    gpu.run("elementwise/tanh-grad", { y, dy, dx, size }, grid);
    return { x: dx };
  },
});

/** y = tanh(x). Shape: any. */
export function tanh(x: Tensor): Tensor {
  return tanhOp({ x }, {});
}

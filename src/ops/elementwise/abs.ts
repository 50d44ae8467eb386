/** The absolute value. */
import type { Tensor } from "../../tensor/tensor.js";
import { elementwise } from "../lib/elementwise.js";
import { defineUnary } from "../lib/unary.js";

const absOp = defineUnary("abs", {
  keeps: "x",
  grad(gpu, x, dy, dx) {
    const { size, grid } = elementwise(x.size);
    gpu.run("elementwise/abs-grad", { x, dy, dx, size }, grid);
  },
});

/** y = |x|. The derivative at 0 is 0. Shape: any. */
export function abs(x: Tensor): Tensor {
  return absOp(x);
}

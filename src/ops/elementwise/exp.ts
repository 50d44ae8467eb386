/** The exponential function. */
import type { Tensor } from "../../tensor/tensor.js";
import { elementwise } from "../lib/elementwise.js";
import { defineUnary } from "../lib/unary.js";

const expOp = defineUnary("exp", {
  keeps: "y",
  grad(gpu, y, dy, dx) {
    const { size, grid } = elementwise(y.size);
    gpu.run("elementwise/mul", { a: dy, b: y, y: dx, size }, grid);
  },
});

/** y = e^x. Shape: any. Above 88.7 it is infinity, in float16 above 11.09. */
export function exp(x: Tensor): Tensor {
  return expOp(x);
}

/** The absolute value. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineUnary, gradBy } from "../lib/unary.js";

const absOp = defineUnary("abs", { keeps: "x", grad: gradBy("abs") });

/** y = |x|. The derivative at 0 is 0. Shape: any. */
export function abs(x: Tensor): Tensor {
  return absOp(x);
}

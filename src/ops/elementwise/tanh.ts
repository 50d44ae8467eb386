/** The hyperbolic tangent. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineUnary, gradBy } from "../lib/unary.js";

const tanhOp = defineUnary("tanh", { keeps: "y", grad: gradBy("tanh") });

/** y = tanh(x). Shape: any. */
export function tanh(x: Tensor): Tensor {
  return tanhOp(x);
}

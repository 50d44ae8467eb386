/** The logistic sigmoid. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineUnary, gradBy } from "../lib/unary.js";

const sigmoidOp = defineUnary("sigmoid", { keeps: "y", grad: gradBy("sigmoid") });

/** y = 1 / (1 + exp(−x)). Shape: any. */
export function sigmoid(x: Tensor): Tensor {
  return sigmoidOp(x);
}

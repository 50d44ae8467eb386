/** The logistic sigmoid. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineActivation } from "../lib/activation.js";

const sigmoidOp = defineActivation("sigmoid");

/** y = 1 / (1 + exp(−x)). Shape: any. */
export function sigmoid(x: Tensor): Tensor {
  return sigmoidOp(x);
}

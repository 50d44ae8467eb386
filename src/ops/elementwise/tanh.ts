/** The hyperbolic tangent. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineActivation } from "../lib/activation.js";

const tanhOp = defineActivation("tanh");

/** y = tanh(x). Shape: any. */
export function tanh(x: Tensor): Tensor {
  return tanhOp(x);
}

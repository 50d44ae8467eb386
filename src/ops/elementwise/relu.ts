/** ReLU: a leaky ReLU of slope 0. */
import type { Tensor } from "../../tensor/tensor.js";
import { leakyRelu } from "./leaky-relu.js";

/** y = max(x, 0). The derivative at 0 is 0. Shape: any. */
export function relu(x: Tensor): Tensor {
  return leakyRelu(x, 0);
}

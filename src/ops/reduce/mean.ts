/** The mean of all elements. */
import type { Tensor } from "../../tensor/tensor.js";
import { scaledSum } from "./sum.js";

/** y = Σ x / size(x) over all elements. Shape: any → []. */
export function mean(x: Tensor): Tensor {
  return scaledSum(x, 1 / x.size);
}

/** Mean absolute error. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineLoss, type LossTarget } from "../lib/loss.js";

const l1LossOp = defineLoss("l1Loss", "l1");

/**
 * loss = weight · mean |x − target|; the derivative is 0 where they are equal.
 *
 * Shape: any → []. `target`: a constant tensor of the same shape, one number for all elements, or two for the two
 * halves of the first axis. `weight`: default 1.
 * Throws ShapeError if the shapes differ, an axis of two halves is odd, or the target requires grad outside noGrad.
 * Source: PyTorch's L1Loss, reduction "mean".
 */
export function l1Loss(x: Tensor, target: LossTarget, weight = 1): Tensor {
  return l1LossOp(x, target, weight);
}

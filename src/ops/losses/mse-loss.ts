/** Mean squared error. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineLoss, type LossTarget } from "../lib/loss.js";

const mseLossOp = defineLoss("mseLoss", "mse");

/**
 * loss = weight · mean (x − target)².
 *
 * Shape: any → []. `target`: a constant tensor of the same shape, one number for all elements, or two for the two
 * halves of the first axis. `weight`: default 1.
 * Throws ShapeError if the shapes differ, an axis of two halves is odd, or the target requires grad outside noGrad.
 * Source: PyTorch's MSELoss, reduction "mean".
 */
export function mseLoss(x: Tensor, target: LossTarget, weight = 1): Tensor {
  return mseLossOp(x, target, weight);
}

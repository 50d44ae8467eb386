/** Binary cross entropy of logits. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineLoss, type LossTarget } from "../lib/loss.js";

const bceWithLogitsLossOp = defineLoss("bceWithLogitsLoss", "bce-with-logits");

/**
 * loss = weight · mean (max(x, 0) − x · target + log(1 + exp(−|x|))): binary cross entropy of sigmoid(x), for targets in [0, 1].
 *
 * Shape: any → []. `target`: a constant tensor of the same shape, one number for all elements, or two for the two
 * halves of the first axis. `weight`: default 1.
 * Throws ShapeError if the shapes differ, an axis of two halves is odd, or the target requires grad outside noGrad.
 * Source: PyTorch's BCEWithLogitsLoss, reduction "mean".
 */
export function bceWithLogitsLoss(x: Tensor, target: LossTarget, weight = 1): Tensor {
  return bceWithLogitsLossOp(x, target, weight);
}

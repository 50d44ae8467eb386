import type { Tensor } from "../tensor.js";
import { defineLoss, type LossTarget } from "./loss.js";

const bceWithLogitsLossOp = defineLoss("bceWithLogitsLoss", "bce-with-logits");

/**
 * loss = mean (max(x, 0) − x · target + log(1 + exp(−|x|))): binary cross entropy of sigmoid(x), for targets in [0, 1].
 *
 * Shape: any → []. `target`: a tensor of the same shape, taken as a constant, or one number for all elements.
 * Throws ShapeError when the shapes differ, or the target requires grad outside noGrad. Source: PyTorch's
 * BCEWithLogitsLoss, reduction "mean".
 */
export function bceWithLogitsLoss(x: Tensor, target: LossTarget): Tensor {
  return bceWithLogitsLossOp(x, target);
}

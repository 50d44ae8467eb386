/** Hinge loss. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineLoss, type LossTarget } from "../lib/loss.js";

const hingeLossOp = defineLoss("hingeLoss", "hinge");

/**
 * loss = weight · mean max(0, 1 − target · x), with targets 1 and −1.
 *
 * Shape: any → []. `target`: a constant tensor of the same shape, one number for all elements, or two for the two halves of the
 * first axis. `weight`: default 1. The derivative where target · x = 1 is 0.
 * Throws ShapeError if the shapes differ, an axis of two halves is odd, or the target requires grad outside noGrad.
 * Source: arXiv 1705.02894, section 2; a mean of PyTorch's relu(1 − target · x).
 */
export function hingeLoss(x: Tensor, target: LossTarget, weight = 1): Tensor {
  return hingeLossOp(x, target, weight);
}

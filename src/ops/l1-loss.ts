import type { Tensor } from "../tensor.js";
import { defineLoss, type LossTarget } from "./loss.js";

const l1LossOp = defineLoss("l1Loss", "l1");

/**
 * loss = mean |x − target|; the derivative where they are equal is taken as 0.
 *
 * Shape: any → []. `target`: a tensor of the same shape, taken as a constant, or one number for all elements.
 * Throws ShapeError when the shapes differ, or the target requires grad outside noGrad. Source: PyTorch's L1Loss, reduction "mean".
 */
export function l1Loss(x: Tensor, target: LossTarget): Tensor {
  return l1LossOp(x, target);
}

import type { Tensor } from "../tensor.js";
import { defineLoss, type LossTarget } from "./loss.js";

const mseLossOp = defineLoss("mseLoss", "mse");

/**
 * loss = mean (x − target)².
 *
 * Shape: any → []. `target`: a tensor of the same shape, taken as a constant, or one number for all elements.
 * Throws ShapeError when the shapes differ, or the target requires grad outside noGrad. Source: PyTorch's MSELoss, reduction "mean".
 */
export function mseLoss(x: Tensor, target: LossTarget): Tensor {
  return mseLossOp(x, target);
}

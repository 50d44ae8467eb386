/** Means of all elements, or along axes. */
import type { Tensor } from "../../tensor/tensor.js";
import { scale } from "../elementwise/scale.js";
import { scaledSum, sumAlong, type Reduction } from "./sum.js";

/**
 * y = Σ x / the number of elements, over all elements or along `axes`.
 *
 * Shape: any → [], or without `axes`, which with `keepDim` stay as 1. Throws ShapeError for an axis that x lacks or that is named
 * twice. Source: PyTorch's mean.
 */
export function mean(x: Tensor, reduction: Reduction = {}): Tensor {
  if (!reduction.axes) return scaledSum(x, 1 / x.size);
  using scope = x.gpu.scope("mean");
  const total = sumAlong("mean", x, reduction.axes, reduction.keepDim);
  return scope.keep(scale(total, total.size / x.size));
}

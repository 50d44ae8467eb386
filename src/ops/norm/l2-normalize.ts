/** Vectors of length 1. */
import { ShapeError } from "../../errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp } from "../../tensor/op.js";
import { requireRows, rowsOf } from "../lib/rows.js";

const l2NormalizeOp = defineOp<{ x: Tensor }, { epsilon: number }>()({
  name: "l2Normalize",
  shape({ x }, { epsilon }) {
    requireRows("l2Normalize", x);
    if (!(epsilon > 0)) throw new ShapeError(`l2Normalize: expected epsilon above 0, got ${epsilon}.`);
    return x.shape;
  },
  forward({ gpu, inputs: { x }, attrs: { epsilon }, y }) {
    const { rows, columns, threads } = rowsOf(x);
    gpu.run("l2-normalize/forward", { x, y, rows, columns, epsilon }, { threads });
    return { x };
  },
  backward({ gpu, attrs: { epsilon }, saved: { x }, dy, gradient }) {
    const dx = gradient("x");
    const { rows, columns, threads } = rowsOf(x);
    gpu.run("l2-normalize/backward", { x, dy, dx, rows, columns, epsilon }, { threads });
    return { x: dx };
  },
});

/**
 * y = x / (‖x‖₂ + epsilon), for each vector along the last axis.
 *
 * Shape: [..., c] → the same. `epsilon`: default 1e-7. Throws ShapeError for a scalar, or if epsilon is not above 0.
 * Source: arXiv 2007.15651, whose Normalize adds epsilon where PyTorch's normalize takes the larger of the two.
 */
export function l2Normalize(x: Tensor, epsilon = 1e-7): Tensor {
  return l2NormalizeOp({ x }, { epsilon });
}

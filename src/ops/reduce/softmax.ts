/** Softmax and its logarithm, along the last axis. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp } from "../../tensor/op.js";
import { requireRows, rowsOf } from "../lib/rows.js";

function defineSoftmax(name: string, prefix: "" | "log-"): (x: Tensor) => Tensor {
  const op = defineOp<{ x: Tensor }>()({
    name,
    shape({ x }) {
      requireRows(name, x);
      return x.shape;
    },
    forward({ gpu, inputs: { x }, y }) {
      const { rows, columns, threads } = rowsOf(x);
      gpu.run(`softmax/${prefix}forward`, { x, y, rows, columns }, { threads });
      return { y };
    },
    backward({ gpu, saved: { y }, dy, gradient }) {
      const dx = gradient("x");
      const { rows, columns, threads } = rowsOf(dy);
      gpu.run(`softmax/${prefix}backward`, { y, dy, dx, rows, columns }, { threads });
      return { x: dx };
    },
  });
  return (x) => op({ x }, {});
}

const softmaxOp = defineSoftmax("softmax", "");
const logSoftmaxOp = defineSoftmax("logSoftmax", "log-");

/** y = exp(x) / Σ exp(x), with the sum along the last axis. Shape: [..., c] → the same. Throws ShapeError for a scalar. */
export function softmax(x: Tensor): Tensor {
  return softmaxOp(x);
}

/** y = x − ln Σ exp(x), with the sum along the last axis. Shape: [..., c] → the same. Throws ShapeError for a scalar. */
export function logSoftmax(x: Tensor): Tensor {
  return logSoftmaxOp(x);
}

/** The largest elements along an axis. */
import { ShapeError } from "../../errors.js";
import { formatShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp } from "../../tensor/op.js";
import { axisFromEnd, runOf, withoutRun } from "../lib/axes.js";

/** Invocations of a workgroup. With fewer rows, an invocation reduces a column. */
const WORKGROUP = 64;
/** Places are stored as float32, which has all whole numbers up to this. */
const MOST_ROWS = 2 ** 24;

const maxOp = defineOp<{ x: Tensor }, { axis: number }>()({
  name: "max",
  shape({ x }, { axis }) {
    const rows = x.shape[axis] ?? 0;
    if (rows < 1 || rows > MOST_ROWS) {
      throw new ShapeError(`max: expected an axis of 1 to ${MOST_ROWS} elements, got ${rows} along axis ${axis} of x ${formatShape(x.shape)}.`);
    }
    return withoutRun(x.shape, axis, axis);
  },
  forward({ gpu, inputs: { x }, attrs: { axis }, y, temporary }) {
    const { rows, columns } = runOf(x.shape, axis, axis);
    const places = temporary(y.shape);
    const args = { x, y, places, rows, columns, size: y.size };
    if (rows < WORKGROUP) gpu.run("reduce/max-rows", args, { threads: y.size });
    else gpu.run("reduce/max-rows-by-workgroup", args, { threads: y.size * WORKGROUP });
    return { places };
  },
  backward({ gpu, saved: { places }, attrs: { axis }, dy, gradient }) {
    const dx = gradient("x");
    const { rows, columns } = runOf(dx.shape, axis, axis);
    gpu.run("reduce/max-rows-grad", { places, dy, dx, rows, columns, size: dx.size }, { threads: dx.size });
    return { x: dx };
  },
});

/**
 * y = max x along an axis, by default the last. Axes below 0 count from the end.
 *
 * Shape: [..., c] → [...]. The gradient goes to the first of equal elements. Throws ShapeError for an axis that x lacks or that has
 * no elements or more than 2²⁴. Source: PyTorch's max with a dimension.
 */
export function max(x: Tensor, axis = -1): Tensor {
  return maxOp({ x }, { axis: axisFromEnd("max", x.shape, axis) });
}

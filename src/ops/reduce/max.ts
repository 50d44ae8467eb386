/** The largest elements along an axis. */
import { ShapeError } from "../../errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp } from "../../tensor/op.js";
import { axisFromEnd, runOf, withoutRun } from "../lib/axes.js";

const maxOp = defineOp<{ x: Tensor }, { axis: number }>()({
  name: "max",
  shape({ x }, { axis }) {
    if (x.shape[axis] === 0) throw new ShapeError(`max: expected an axis that is not empty, got axis ${axis}.`);
    return withoutRun(x.shape, axis, axis);
  },
  forward({ gpu, inputs: { x }, attrs: { axis }, y, temporary }) {
    const { rows, columns } = runOf(x.shape, axis, axis);
    const places = temporary(y.shape);
    gpu.run("reduce/max-rows", { x, y, places, rows, columns, size: y.size }, { threads: y.size });
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
 * Shape: [..., c] → [...]. The gradient goes to the first of equal elements. Throws ShapeError for an axis that x lacks or that is
 * empty. Source: PyTorch's max with a dimension.
 */
export function max(x: Tensor, axis = -1): Tensor {
  return maxOp({ x }, { axis: axisFromEnd("max", x.shape, axis) });
}

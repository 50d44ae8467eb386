/** Mirrors a tensor. */
import type { Gpu } from "../../gpu/gpu.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp } from "../../tensor/op.js";
import { axisFromEnd, runOf } from "../lib/axes.js";
import { widthOf } from "../lib/width.js";

function mirror(gpu: Gpu, x: Tensor, axis: number, y: Tensor): Tensor {
  const { rows, columns } = runOf(x.shape, axis, axis);
  const width = widthOf(columns);
  const size = x.size / width;
  gpu.run("flip/flip", { x, y, rows, columns: columns / width, size }, { threads: size, width });
  return y;
}

const flipOp = defineOp<{ x: Tensor }, { axis: number }>()({
  name: "flip",
  shape: ({ x }) => x.shape,
  forward({ gpu, inputs: { x }, attrs: { axis }, y }) {
    mirror(gpu, x, axis, y);
    return {};
  },
  backward: ({ gpu, attrs: { axis }, dy, gradient }) => ({ x: mirror(gpu, dy, axis, gradient("x")) }),
});

/**
 * x in reverse order along an axis: of images [n, h, w, c], axis 2 exchanges left and right, axis 1 top and bottom. Axes below 0 count
 * from the end.
 *
 * Shape: any. Throws ShapeError for an axis that x lacks. Source: PyTorch's flip along one axis.
 */
export function flip(x: Tensor, axis: number): Tensor {
  return flipOp({ x }, { axis: axisFromEnd("flip", x.shape, axis) });
}

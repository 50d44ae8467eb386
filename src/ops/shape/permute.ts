/** Axes in another order. */
import { ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { formatShape, sizeOf, type Shape } from "../../shape.js";
import { defineOp } from "../../tensor/op.js";
import type { Tensor } from "../../tensor/tensor.js";

const MOST_AXES = 4;

/** Copies x to y with the axes of x in `order`. */
function copyPermuted(gpu: Gpu, x: Tensor, y: Tensor, order: readonly number[]): void {
  const missing = MOST_AXES - order.length;
  const strides = order.map((axis) => sizeOf(x.shape.slice(axis + 1)));
  const [stride0 = 0, stride1 = 0, stride2 = 0, stride3 = 0] = [...Array.from({ length: missing }, () => 0), ...strides];
  const [, extent1 = 1, extent2 = 1, extent3 = 1] = [...Array.from({ length: missing }, () => 1), ...y.shape];
  const { size } = y;
  gpu.run("permute/permute", { x, y, size, extent1, extent2, extent3, stride0, stride1, stride2, stride3 }, { threads: size });
}

const permuteOp = defineOp<{ x: Tensor }, { order: readonly number[] }>()({
  name: "permute",
  shape({ x }, { order }) {
    const axes = order.toSorted((a, b) => a - b);
    if (order.length !== x.shape.length || axes.some((axis, place) => axis !== place)) {
      throw new ShapeError(`permute: expected each axis of x ${formatShape(x.shape)} once, got [${order.join(", ")}].`);
    }
    if (order.length > MOST_AXES) throw new ShapeError(`permute: expected at most ${MOST_AXES} axes, got x ${formatShape(x.shape)}.`);
    return permuted(x.shape, order);
  },
  forward({ gpu, inputs: { x }, attrs: { order }, y }) {
    copyPermuted(gpu, x, y, order);
    return {};
  },
  backward({ gpu, attrs: { order }, dy, gradient }) {
    const dx = gradient("x");
    copyPermuted(gpu, dy, dx, order.map((_, axis) => order.indexOf(axis)));
    return { x: dx };
  },
});

function permuted(shape: Shape, order: readonly number[]): Shape {
  return order.map((axis) => shape[axis] ?? 0);
}

/**
 * The axes of x in another order: axis i of y is axis order[i] of x.
 *
 * Shape: at most four axes. Throws ShapeError for more axes, or unless `order` has each axis once. Source: PyTorch's permute, with a
 * copy.
 */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  return permuteOp({ x }, { order });
}

/**
 * x with two axes exchanged, by default the last two. Axes below 0 count from the end.
 *
 * Shape: at most four axes. Throws ShapeError for an axis that x lacks. Source: PyTorch's transpose, with a copy.
 */
export function transpose(x: Tensor, a = -2, b = -1): Tensor {
  const order = x.shape.map((_, axis) => axis);
  const [first, second] = [order.at(a), order.at(b)];
  if (first === undefined || second === undefined) {
    throw new ShapeError(`transpose: expected two axes of x ${formatShape(x.shape)}, got ${a} and ${b}.`);
  }
  [order[first], order[second]] = [second, first];
  return permute(x, order);
}

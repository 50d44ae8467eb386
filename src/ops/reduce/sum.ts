/** Sums of all elements, or along axes. */
import { ShapeError } from "../../errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp } from "../../tensor/op.js";
import { axisFromEnd, runOf, runsOf, withoutRun } from "../lib/axes.js";
import { elementwise } from "../lib/elementwise.js";
import { withPartials } from "../lib/partials.js";
import { reduceRows } from "../lib/reduce-rows.js";
import { widthOf } from "../lib/width.js";
import { reshape } from "../shape/reshape.js";

const sumOp = defineOp<{ x: Tensor }, { alpha: number }>()({
  name: "sum",
  dtype: "float32",
  shape: () => [],
  forward({ gpu, inputs: { x }, attrs: { alpha }, y }) {
    withPartials(gpu, x.size, y, alpha, widthOf(x.size), (size, partials, grid) => {
      gpu.run("reduce/sum-partial", { x, partials, size, threads: grid.threads }, grid);
    });
    return {};
  },
  backward({ gpu, attrs: { alpha }, dy, gradient }) {
    const dx = gradient("x");
    const { size, grid } = elementwise(dx.size);
    gpu.run("reduce/broadcast", { dy, dx, alpha, size }, grid);
    return { x: dx };
  },
});

const sumAlongOp = defineOp<{ x: Tensor }, { first: number; last: number }>()({
  name: "sum",
  dtype: "float32",
  shape: ({ x }, { first, last }) => withoutRun(x.shape, first, last),
  forward({ gpu, inputs: { x }, attrs: { first, last }, y }) {
    reduceRows(gpu, x, y, runOf(x.shape, first, last));
    return {};
  },
  backward({ gpu, attrs: { first, last }, dy, gradient }) {
    const dx = gradient("x");
    const { rows, columns } = runOf(dx.shape, first, last);
    const width = widthOf(columns);
    const size = dx.size / width;
    gpu.run("reduce/spread-rows", { dy, dx, rows, columns: columns / width, size }, { threads: size, width });
    return { x: dx };
  },
});

/** Axes to reduce, of which those below 0 count from the end, and whether they stay with one element. */
export interface Reduction {
  readonly axes?: readonly number[];
  /** Default false. */
  readonly keepDim?: boolean;
}

/**
 * y = Σ x over all elements, or along `axes`, in an order that depends only on the shape and the kind of adapter.
 *
 * Shape: any → [], or without `axes`, which with `keepDim` stay as 1. Throws ShapeError for an axis that x lacks or that is named
 * twice. Source: PyTorch's sum.
 */
export function sum(x: Tensor, reduction: Reduction = {}): Tensor {
  return reduction.axes ? sumAlong("sum", x, reduction.axes, reduction.keepDim) : scaledSum(x, 1);
}

/** y = alpha · Σ x over all elements, for a number alpha. Shape: any → []. */
export function scaledSum(x: Tensor, alpha: number): Tensor {
  return sumOp({ x }, { alpha });
}

/** `sum` along axes, with the name of the op for errors. */
export function sumAlong(op: string, x: Tensor, axes: readonly number[], keepDim = false): Tensor {
  const places = axes.map((axis) => axisFromEnd(op, x.shape, axis));
  if (new Set(places).size < axes.length) throw new ShapeError(`${op}: expected different axes, got [${axes.join(", ")}].`);
  using scope = x.gpu.scope(op);
  let y = x;
  for (const [first, last] of runsOf(places)) y = sumAlongOp({ x: y }, { first, last });
  const shape = x.shape.map((extent, axis) => (places.includes(axis) ? 1 : extent));
  return scope.keep(keepDim || y === x ? reshape(y, shape) : y);
}

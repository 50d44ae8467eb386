/** Ops along the last axis, whose kernels have a workgroup for each row. */
import { ShapeError } from "../../errors.js";
import { formatShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";

const WORKGROUP = 64;

/** The rows of a tensor, and the grid of a kernel with a workgroup a row. */
export function rowsOf({ shape, size }: Tensor): { readonly rows: number; readonly columns: number; readonly threads: number } {
  const columns = shape.at(-1) ?? 1;
  const rows = size / columns;
  return { rows, columns, threads: rows * WORKGROUP };
}

/** Throws ShapeError, with the name of the op, unless the tensor has a last axis that is not empty. */
export function requireRows(op: string, { shape }: Tensor): void {
  if ((shape.at(-1) ?? 0) === 0) throw new ShapeError(`${op}: expected vectors along the last axis, got x ${formatShape(shape)}.`);
}

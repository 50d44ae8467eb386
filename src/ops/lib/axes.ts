/** Axes of reductions. */
import { ShapeError } from "../../errors.js";
import { formatShape, sizeOf, type Shape } from "../../shape.js";

/** The axis from the front. Throws ShapeError, with the name of the op, if the shape has no such axis. */
export function axisFromEnd(op: string, shape: Shape, axis: number): number {
  const place = axis < 0 ? axis + shape.length : axis;
  if (shape[place] === undefined) throw new ShapeError(`${op}: expected an axis of x ${formatShape(shape)}, got ${axis}.`);
  return place;
}

/** A tensor as [groups, rows, columns], where the rows are the neighbouring axes `first` … `last`. */
export function runOf(shape: Shape, first: number, last: number): { readonly groups: number; readonly rows: number; readonly columns: number } {
  return { groups: sizeOf(shape.slice(0, first)), rows: sizeOf(shape.slice(first, last + 1)), columns: sizeOf(shape.slice(last + 1)) };
}

export function withoutRun(shape: Shape, first: number, last: number): Shape {
  return shape.filter((_, axis) => axis < first || axis > last);
}

/** The axes as runs of neighbours, the last run first, so that the axes of earlier runs keep their places. */
export function runsOf(axes: readonly number[]): readonly (readonly [first: number, last: number])[] {
  const runs: [number, number][] = [];
  for (const axis of axes.toSorted((a, b) => b - a)) {
    const run = runs.at(-1);
    if (run && run[0] === axis + 1) run[0] = axis;
    else runs.push([axis, axis]);
  }
  return runs;
}

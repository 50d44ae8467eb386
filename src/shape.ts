import { ShapeError } from "./errors.js";

/** Sizes of a tensor's axes, outermost first. Images are `[n, h, w, c]`; a scalar is `[]`. */
export type Shape = readonly number[];

/** An image shape, `[n, h, w, c]`. */
export type ImageShape = readonly [n: number, h: number, w: number, c: number];

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/** Throws ShapeError, with the tensor's name, unless the shape is a list of whole numbers. */
export function checkShape(label: string, shape: Shape): void {
  if (Array.isArray(shape) && shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) return;
  const got = Array.isArray(shape) ? formatShape(shape) : String(shape);
  throw new ShapeError(`${label}: expected a shape of whole numbers of at least 0, such as [1, 8, 8, 3], got ${got}.`);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** The shape as `[n, h, w, c]`. Throws ShapeError, naming the op and the argument, unless it has four axes. */
export function imageShape(op: string, argument: string, shape: Shape): ImageShape {
  const [n, h, w, c] = shape;
  if (shape.length !== 4 || n === undefined || h === undefined || w === undefined || c === undefined) {
    throw new ShapeError(`${op}: expected ${argument} of shape [n, h, w, c], got ${formatShape(shape)}.`);
  }
  return [n, h, w, c];
}

/** The extent of an axis. Throws ShapeError if the shape has no such axis. */
export function axisOf(op: string, shape: Shape, axis: number): number {
  const extent = shape[axis];
  if (extent === undefined) {
    throw new ShapeError(`${op}: expected an axis below ${shape.length} (${formatShape(shape)}), got ${axis}.`);
  }
  return extent;
}

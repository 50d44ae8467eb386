import type { Random } from "../../src/random.js";
import { sizeOf, type Shape } from "../../src/shape.js";

/** A float64 array on the host, for references. */
export interface Values {
  readonly shape: Shape;
  readonly data: Float64Array;
}

function offsetOf(shape: Shape, index: readonly number[]): number {
  let offset = 0;
  for (const [axis, extent] of shape.entries()) offset = offset * extent + (index[axis] ?? 0);
  return offset;
}

/** The index of the element at `offset`. */
export function indexAt(shape: Shape, offset: number): number[] {
  let rest = offset;
  return shape.toReversed().map((extent) => {
    const place = rest % extent;
    rest = Math.floor(rest / extent);
    return place;
  }).toReversed();
}

/** The element at an index. Throws if there is none. */
export function at(x: Values, ...index: readonly number[]): number {
  const inside = x.shape.every((extent, axis) => (index[axis] ?? -1) >= 0 && (index[axis] ?? 0) < extent);
  const value = x.data[offsetOf(x.shape, index)];
  if (!inside || value === undefined) throw new Error(`no element [${index.join(", ")}] in [${x.shape.join(", ")}]`);
  return value;
}

/** Makes an array from a function of the index. */
export function build(shape: Shape, value: (...index: number[]) => number): Values {
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, offset) => value(...indexAt(shape, offset))) };
}

/** Makes an array from a function of each element of `x`. */
export function map(x: Values, value: (element: number, offset: number) => number): Values {
  return { shape: x.shape, data: x.data.map(value) };
}

export function scalar(value: number): Values {
  return { shape: [], data: Float64Array.of(value) };
}

export function total(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? Number.NaN) * (b[i] ?? Number.NaN);
  return sum;
}

export function largest(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

/** Draws one element of an input. */
export type Draw = (random: Random) => number;

export const normal: Draw = (random) => random.normal();
export const uniform: Draw = (random) => random.uniform();

/** Draws values rounded to float32, so that the device and the reference have the same inputs. */
export function draw(random: Random, shape: Shape, one: Draw = normal): Values {
  return build(shape, () => Math.fround(one(random)));
}

/** The position in 0 … extent − 1 that reflection padding reads for position i. The edge is not repeated. */
export function reflected(i: number, extent: number): number {
  if (i < 0) return -i;
  return i < extent ? i : 2 * (extent - 1) - i;
}

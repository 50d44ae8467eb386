/** Noise for generators, and the way between two vectors of it. */
import { expect, test } from "vitest";
import { drawNoise, slerp } from "../../../src/models/parts/noise.js";
import { Random } from "../../../src/random.js";

const length = (vector: Float32Array): number => Math.sqrt(vector.reduce((sum, value) => sum + value ** 2, 0));

test.each([1, 6, 100])("more vectors of %i numbers begin with the same ones", (nz) => {
  const few = drawNoise(new Random(3), 2, nz);
  const many = drawNoise(new Random(3), 5, nz);
  expect(many.slice(0, 2 * nz)).toEqual(few);
  expect(new Set(many).size).toBe(5 * nz);
});

test("the arc begins and ends at the vectors, and keeps the length between", () => {
  const z = drawNoise(new Random(1), 2, 100);
  const [a, b] = [z.slice(0, 100), z.slice(100)];
  expect(slerp(a, b, 0)).toEqual(a);
  expect(slerp(a, b, 1)).toEqual(b);
  const middle = length(slerp(a, b, 0.5));
  const line = length(a.map((value, i) => (value + (b[i] ?? 0)) / 2));
  // In 100 dimensions, two vectors are nearly orthogonal: the middle of the line is shorter by about √½.
  expect(Math.abs(middle / ((length(a) + length(b)) / 2) - 1)).toBeLessThan(0.02);
  expect(Math.abs(line / middle - Math.SQRT1_2)).toBeLessThan(0.1);
});

test("by hand: a third of a quarter turn", () => {
  const [x = 0, y = 0] = slerp(Float32Array.of(1, 0), Float32Array.of(0, 1), 1 / 3);
  expect(Math.abs(x - Math.cos(Math.PI / 6))).toBeLessThan(1e-7);
  expect(Math.abs(y - Math.sin(Math.PI / 6))).toBeLessThan(1e-7);
});

test("equal vectors are joined by a line", () => {
  const a = Float32Array.of(1, 2);
  expect(slerp(a, a, 0.25)).toEqual(a);
});

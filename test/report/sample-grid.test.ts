import { expect, test } from "vitest";
import type { ImageBatch } from "../../src/data/image.js";
import { visualRows } from "../../src/models/cyclegan/options.js";
import { sampleGrid } from "../../src/report/sample-grid.js";

const rows = visualRows({ lambdaIdentity: 0.5 });

function flat(n: number, side: number, channels: 1 | 3, ...values: number[]): ImageBatch {
  const size = side * side * channels;
  return {
    shape: [n, side, side, channels],
    data: Float32Array.from({ length: n * size }, (_, index) => values[Math.floor(index / size)] ?? 0),
  };
}

test("shows every image of a batch, A above B, enlarged by a whole factor", () => {
  const a = flat(2, 50, 3, -1, 1);
  const b = flat(2, 50, 3, 0, 0.5);
  const visuals = { real_A: a, fake_B: b, rec_A: a, idt_B: b, real_B: b, fake_A: a, rec_B: b, idt_A: a };
  const grid = sampleGrid([visuals], rows);
  expect([grid.width, grid.height]).toEqual([4 * 102 - 2, 4 * 102 - 2]);
  const level = (column: number, row: number): number | undefined =>
    grid.data[((row * 102 + 99) * grid.width + column * 102 + 99) * 3];
  expect([level(0, 0), level(0, 1), level(0, 2), level(0, 3)]).toEqual([0, 255, 128, 191]);
  expect(level(1, 0)).toBe(128);
});

test("rounds to 8 bits instead of truncating, and shows gray as gray", () => {
  const almost = flat(1, 128, 1, 99.7 / 127.5 - 1);
  const grid = sampleGrid([{ real_A: almost }], rows);
  expect([...grid.data.subarray(0, 3)]).toEqual([100, 100, 100]);
});

test("without identity losses there are three columns", () => {
  const image = flat(1, 128, 3, 0);
  const grid = sampleGrid([{ real_A: image, fake_B: image, rec_A: image, real_B: image, fake_A: image, rec_B: image }], visualRows({ lambdaIdentity: 0 }));
  expect([grid.width, grid.height]).toEqual([3 * 130 - 2, 2 * 130 - 2]);
});

test("what a step does not have leaves its place empty, so that all stand under their headings", () => {
  const image = flat(1, 128, 3, 0);
  const grid = sampleGrid([{ real_A: image, idt_B: image, real_B: image, fake_A: image }], rows);
  expect([grid.width, grid.height]).toEqual([4 * 130 - 2, 2 * 130 - 2]);
  const row = (y: number): unknown[] => [0, 1, 2, 3].map((column) => grid.data[(130 * y * grid.width + 130 * column) * 3]);
  expect([row(0), row(1)]).toEqual([[128, 255, 255, 128], [128, 128, 255, 255]]);
});

test("shows several batches below each other in each row of the model", () => {
  const visuals = (value: number) => ({ real_A: flat(1, 128, 1, value), real_B: flat(1, 128, 1, -value) });
  const grid = sampleGrid([visuals(1), visuals(0)], rows);
  const level = (line: number): number | undefined => grid.data[130 * line * grid.width * 3];
  expect([0, 1, 2, 3].map(level)).toEqual([255, 128, 0, 128]);
});

import { expect, test } from "vitest";
import type { Image } from "../../src/data/image.js";
import { toBadPhoto, toEdges, toGray } from "../../src/demo/pictures.js";
import { Random } from "../../src/random.js";

/** An RGB image from the colours of its pixels, in rows. */
function picture(rows: readonly (readonly (readonly [number, number, number])[])[]): Image {
  return { width: rows[0]?.length ?? 0, height: rows.length, channels: 3, data: Uint8Array.from(rows.flat(2)) };
}

/** The first channel of each pixel, in rows. */
function levels({ width, height, data }: Image): number[][] {
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_unused, x) => data[3 * (y * width + x)] ?? -1));
}

const [black, white] = [[0, 0, 0], [255, 255, 255]] as const;

test("gray has the luminance of each colour in three channels", () => {
  const gray = toGray(picture([[[255, 0, 0], [0, 255, 0], [0, 0, 255], white]]));
  expect([...gray.data]).toEqual([76, 76, 76, 150, 150, 150, 29, 29, 29, 255, 255, 255]);
});

test("edges are black lines on white where dark meets light, in both directions, and nowhere else", () => {
  // Between two columns of one magnitude, both are kept.
  const upright = picture(Array.from({ length: 5 }, () => [black, black, black, white, white, white]));
  expect(levels(toEdges(upright))).toEqual(Array.from({ length: 5 }, () => [255, 255, 0, 0, 255, 255]));
  const lying = picture([black, black, black, white, white, white].map((colour) => Array.from({ length: 4 }, () => colour)));
  expect(levels(toEdges(lying)).map((row) => row[2])).toEqual([255, 255, 0, 0, 255, 255]);
  const flat = picture(Array.from({ length: 4 }, () => Array.from({ length: 4 }, () => white)));
  expect(new Set(toEdges(flat).data)).toEqual(new Set([255]));
});

test("edges are thinned to the strongest pixels across them", () => {
  const ramp = picture(Array.from({ length: 5 }, () => [0, 0, 40, 160, 255, 255, 255].map((level) => [level, level, level] as const)));
  // The central differences are 0, 40, 160, 215, 95, 0, 0.
  expect(levels(toEdges(ramp))[2]).toEqual([255, 255, 255, 0, 255, 255, 255]);
});

test("a bad photograph is flat, blurred and noisy, and the same for the same stream", () => {
  const side = 40;
  const halves = picture(Array.from({ length: side }, () => Array.from({ length: side }, (_, x) => (x < side / 2 ? black : white))));
  const bad = toBadPhoto(halves, new Random(0));
  const columns = levels(bad)[0]?.map((_, x) => levels(bad).reduce((sum, row) => sum + (row[x] ?? 0), 0) / side) ?? [];
  // 128 ± 127.5 · 0.55; the mean of 40 pixels of noise σ 10 is within 4 σ / √40 = 6.4.
  expect(Math.abs((columns[5] ?? 0) - 57.6)).toBeLessThan(6.4);
  expect(Math.abs((columns[35] ?? 0) - 197.85)).toBeLessThan(6.4);
  // Beside the edge, the blur mixes both sides.
  expect((columns[19] ?? 0) - (columns[5] ?? 0)).toBeGreaterThan(20);
  const deviation = Math.sqrt(levels(bad).reduce((sum, row) => sum + ((row[5] ?? 0) - (columns[5] ?? 0)) ** 2, 0) / side);
  expect(deviation).toBeGreaterThan(6);
  expect(deviation).toBeLessThan(14);
  expect(toBadPhoto(halves, new Random(0))).toEqual(bad);
  expect(toBadPhoto(halves, new Random(1))).not.toEqual(bad);
});

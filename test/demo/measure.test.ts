import { expect, test } from "vitest";
import type { Image } from "../../src/data/image.js";
import { meanAbsoluteDistance, measure } from "../../src/demo/measure.js";
import { improvement } from "../../src/report/translations.js";

function gray(...levels: number[]): Image {
  return { width: levels.length, height: 1, channels: 1, data: Uint8Array.from(levels) };
}

test("black against white is 2, equal images are 0", () => {
  expect(meanAbsoluteDistance(gray(0, 0), gray(255, 255))).toBe(2);
  expect(meanAbsoluteDistance(gray(7, 9), gray(7, 9))).toBe(0);
  expect(meanAbsoluteDistance(gray(0, 10), gray(51, 10))).toBeCloseTo(0.2, 12);
});

test("images pair up by their place, and the mean is over images", () => {
  const distances = measure([gray(0), gray(0)], [gray(255), gray(102)], [gray(255), gray(0)]);
  expect(distances.untranslated).toBe(1);
  expect(distances.translated).toBeCloseTo(0.4, 12);
  expect(improvement(distances)).toBeCloseTo(0.6, 12);
});

test("refuses what does not pair up", () => {
  expect(() => meanAbsoluteDistance(gray(1), gray(1, 2))).toThrow(/got 1×1×1 and 2×1×1/);
  expect(() => measure([gray(1)], [], [gray(1)])).toThrow(/got 0 and 1/);
  expect(() => measure([], [], [])).toThrow(/got 0 and 0/);
});

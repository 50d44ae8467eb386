import { expect, test } from "vitest";
import type { Image } from "../../src/data/image.js";
import { heldOutDistances } from "../../src/demo/held-out.js";
import { improvement } from "../../src/report/translations.js";

function gray(...levels: number[]): Image {
  return { width: levels.length, height: 1, channels: 1, data: Uint8Array.from(levels) };
}

test("images pair up by their place, and the mean is over images", () => {
  const distances = heldOutDistances([gray(0), gray(0)], [gray(255), gray(102)], [gray(255), gray(0)]);
  expect(distances.untranslated).toBe(1);
  expect(distances.translated).toBeCloseTo(0.4, 12);
  expect(improvement(distances)).toBeCloseTo(0.6, 12);
});

test("refuses what does not pair up", () => {
  expect(() => heldOutDistances([gray(1)], [], [gray(1)])).toThrow(/got 0 and 1/);
  expect(() => heldOutDistances([], [], [])).toThrow(/got 0 and 0/);
});

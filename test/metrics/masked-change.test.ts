import { expect, test } from "vitest";
import type { Image } from "../../src/data/image.js";
import { maskedChange } from "../../src/metrics/masked-change.js";

function image(channels: 1 | 3, ...data: readonly number[]): Image {
  return { width: data.length / channels, height: 1, channels, data: Uint8Array.from(data) };
}

test("inside and outside are told apart, and means are over pixels", () => {
  const original = image(3, 10, 10, 10, 100, 0, 0, 200, 0, 0);
  const translated = image(3, 10, 10, 61, 151, 0, 0, 200, 102, 0);
  const { inside, outside, ...colors } = maskedChange([[original, translated, image(1, 0, 1, 255)]]);
  // 51 of 127.5 is 0.4, in one of three channels.
  expect(outside).toBeCloseTo(0.4 / 3, 12);
  expect(inside).toBeCloseTo((0.4 + 0.8) / 3 / 2, 12);
  expect(colors).toEqual({ original: [150, 0, 0], translated: [175.5, 51, 0] });
});

test("images count by their pixels", () => {
  const one = [image(1, 0), image(1, 255), image(1, 1)] as const;
  const three = [image(1, 0, 0, 0), image(1, 0, 0, 0), image(1, 1, 1, 1)] as const;
  expect(maskedChange([one, three])).toMatchObject({ inside: 0.5, translated: [63.75] });
});

test("a side without pixels has no mean", () => {
  expect(maskedChange([[image(1, 0), image(1, 255), image(1, 0)]]).inside).toBeNaN();
});

test("sizes must be equal", () => {
  expect(() => maskedChange([[image(1, 0), image(1, 0, 0), image(1, 0)]])).toThrow(/maskedChange: expected images of one size, got 1×1×1 and 2×1×1/);
  expect(() => maskedChange([[image(3, 0, 0, 0), image(3, 0, 0, 0), image(1, 0, 0)]])).toThrow(/got 1×1×1 and 2×1×1/);
});

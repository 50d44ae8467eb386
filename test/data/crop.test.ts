import { expect, test } from "vitest";
import { cropImage } from "../../src/data/crop.js";
import type { Image } from "../../src/data/image.js";
import { DataError } from "../../src/errors.js";

const data = Uint8Array.from({ length: 4 * 3 * 3 }, (_, index) => index);
const image: Image = { width: 4, height: 3, channels: 3, data, alpha: Uint8Array.from({ length: 12 }, (_, index) => 100 + index) };

test("copies a rectangle with its alpha", () => {
  const cropped = cropImage(image, { left: 1, top: 1, width: 2, height: 2 });
  expect(cropped).toEqual({
    width: 2,
    height: 2,
    channels: 3,
    data: Uint8Array.of(15, 16, 17, 18, 19, 20, 27, 28, 29, 30, 31, 32),
    alpha: Uint8Array.of(105, 106, 109, 110),
  });
  const whole = cropImage(image, { left: 0, top: 0, width: 4, height: 3 });
  expect(whole).toEqual(image);
  expect(whole.data).not.toBe(image.data);
});

test.each([
  [{ left: 3, top: 0, width: 2, height: 1 }, "2×1 at (3, 0)"],
  [{ left: -1, top: 0, width: 2, height: 1 }, "2×1 at (-1, 0)"],
  [{ left: 0, top: 0, width: 0, height: 1 }, "0×1 at (0, 0)"],
  [{ left: 0.5, top: 0, width: 1, height: 1 }, "1×1 at (0.5, 0)"],
  [{ left: 0, top: Number.NaN, width: 1, height: 1 }, "1×1 at (0, NaN)"],
])("refuses %o", (rectangle, got) => {
  expect(() => cropImage(image, rectangle)).toThrow(new DataError(`cropImage: expected a rectangle inside 4×3 pixels, got ${got}.`));
});

test("refuses an image whose samples do not fit its size", () => {
  const part = { left: 0, top: 0, width: 1, height: 1 };
  expect(() => cropImage({ ...image, data: data.subarray(1) }, part)).toThrow(
    new DataError("cropImage: expected 36 samples for 4×3 pixels of 3 channels, got 35."),
  );
  expect(() => cropImage({ ...image, alpha: data }, part)).toThrow(/expected 12 samples of alpha for 4×3 pixels of 3 channels, got 36\./);
  expect(() => cropImage({ ...image, width: 0 }, part)).toThrow(/expected an image of at least 1×1 pixels with 1 to 16 channels, got 0×3 pixels/);
});

import { expect, test } from "vitest";
import { DataError, UsageError } from "../../src/errors.js";
import { checkScale, scaleHint, scaleImage } from "../../src/translate/scale.js";

const image = { width: 30, height: 20, channels: 1 as const, data: new Uint8Array(600).fill(7), alpha: new Uint8Array(600).fill(9) };
const sizeOf = ({ width, height }: { readonly width: number; readonly height: number }): number[] => [width, height];

test("images are resized by a factor or to a shorter side, with their proportions and their alpha", () => {
  expect(scaleImage(image, {}, "a", 600)).toBe(image);
  expect(sizeOf(scaleImage(image, { scale: 0.5 }, "a", 600))).toEqual([15, 10]);
  expect(sizeOf(scaleImage(image, { loadSize: 36 }, "a", 5000))).toEqual([54, 36]);
  expect(scaleImage(image, { scale: 0.5 }, "a", 600).alpha).toEqual(new Uint8Array(150).fill(9));
  expect(sizeOf(scaleImage(image, { scale: 0.001 }, "a", 600))).toEqual([1, 1]);
});

test("a size that no image may have is refused by the name of the image", () => {
  expect(() => scaleImage(image, { scale: 1.1 }, "a.png", 600)).toThrow(
    new DataError("a.png: expected at most 600 pixels after resizing, got 33×22 from 30×20. Use a smaller --scale or --load-size, or raise --max-pixels."),
  );
});

test.each([
  [{ scale: 0 }, "--scale: expected a number above 0, got 0."],
  [{ scale: Number.NaN }, "--scale: expected a number above 0, got NaN."],
  [{ loadSize: 2 }, "--load-size: expected a whole number of at least 4, got 2."],
  [{ loadSize: 64, scale: 2 }, "--load-size and --scale cannot be combined. Give one of the two."],
])("%o is refused", (options, message) => {
  expect(() => checkScale(options)).toThrow(new UsageError(message));
});

test("the hint names the scale of the training if an image is more than twice as large or small", () => {
  const square = { preprocess: "resize_and_crop", loadSize: 286 } as const;
  expect(scaleHint({ width: 4000, height: 3000 }, square)).toBe(
    "4000×3000 pixels, but the run was trained on images resized to 286×286 pixels. For its scale, use --scale 0.083.",
  );
  expect(scaleHint({ width: 100, height: 100 }, square)).toMatch(/use --scale 2\.9\.$/);
  expect(scaleHint({ width: 500, height: 400 }, square)).toBeUndefined();
  expect(scaleHint({ width: 2860, height: 100 }, { preprocess: "scale_width", loadSize: 286 })).toMatch(/resized to a width of 286 pixels\. .* --scale 0\.1\.$/);
  for (const preprocess of ["crop", "none"] as const) expect(scaleHint({ width: 4000, height: 3000 }, { preprocess, loadSize: 286 })).toBeUndefined();
});

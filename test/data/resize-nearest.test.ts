import { expect, test } from "vitest";
import { resizeNearest } from "../../src/data/resize-nearest.js";

/** Pillow 12: `Image.fromarray(range(5)).resize((n, 1), NEAREST)`. */
test.each([[3, [0, 2, 4]], [5, [0, 1, 2, 3, 4]], [7, [0, 1, 1, 2, 3, 3, 4]], [2, [1, 3]], [10, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]]])("5 pixels to %i are Pillow's", (length, pixels) => {
  const row = { width: 5, height: 1, channels: 1, data: Uint8Array.of(0, 1, 2, 3, 4) } as const;
  expect([...resizeNearest(row, length, 1).data]).toEqual(pixels);
  expect([...resizeNearest({ ...row, width: 1, height: 5 }, 1, length).data]).toEqual(pixels);
});

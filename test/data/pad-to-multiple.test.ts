import { describe, expect, it } from "vitest";
import type { ImageBatch } from "../../src/data/image.js";
import { cropTopLeft, padToMultiple } from "../../src/data/pad-to-multiple.js";

const batch = (n: number, h: number, w: number, c: number): ImageBatch => ({
  shape: [n, h, w, c],
  data: Float32Array.from({ length: n * h * w * c }, (_, index) => index),
});

describe("padToMultiple", () => {
  it("mirrors without repeating the edge", () => {
    const padded = padToMultiple(batch(1, 1, 5, 1), 8);
    expect(padded.shape).toEqual([1, 8, 8, 1]);
    expect(Array.from(padded.data.subarray(0, 8))).toEqual([0, 1, 2, 3, 4, 3, 2, 1]);
  });

  it("mirrors again and again when the image is smaller than the padding", () => {
    expect(Array.from(padToMultiple(batch(1, 1, 2, 1), 7).data.subarray(0, 7))).toEqual([0, 1, 0, 1, 0, 1, 0]);
    expect(new Set(padToMultiple(batch(1, 1, 1, 1), 4).data)).toEqual(new Set([0]));
  });

  it("is undone by cropping, for every image and channel", () => {
    const images = batch(2, 5, 7, 3);
    const padded = padToMultiple(images, 4);
    expect(padded.shape).toEqual([2, 8, 8, 3]);
    expect(cropTopLeft(padded, 5, 7)).toEqual(images);
  });

  it("pads and crops masks like their images", () => {
    const images = { ...batch(2, 5, 7, 3), mask: batch(2, 5, 7, 1).data };
    const padded = padToMultiple(images, 4);
    expect(padded.mask).toEqual(padToMultiple(batch(2, 5, 7, 1), 4).data);
    expect(cropTopLeft(padded, 5, 7)).toEqual(images);
  });

  it("leaves an image of a fitting size alone", () => {
    const images = batch(1, 4, 8, 1);
    expect(padToMultiple(images, 4)).toBe(images);
  });
});

/** Joins several images into one batch. */
import { DataError } from "../errors.js";
import type { ImageBatch } from "./image.js";

/**
 * Joins batches of one image into one batch.
 *
 * Shape: n times `[1, h, w, c]` becomes `[n, h, w, c]`. If an image has a mask, the batch has one: all of an image without a mask is
 * inside. Throws a DataError, with `names` of two images, if sizes differ.
 */
export function stackImages(images: readonly ImageBatch[], names: readonly string[] = []): ImageBatch {
  const first = images[0];
  if (!first) throw new DataError("stackImages: expected at least one image, got none.");
  if (images.length === 1) return first;
  const [, h, w, c] = first.shape;
  const data = new Float32Array(images.length * first.data.length);
  for (const [index, { shape, data: pixels }] of images.entries()) {
    if (shape[1] !== h || shape[2] !== w || shape[3] !== c) {
      throw new DataError(
        `${names[index] ?? "batch"}: expected ${w}×${h} pixels as ${names[0] ?? "the first"} of the same batch, ` +
          `got ${shape[2]}×${shape[1]}. Use --batch-size 1, or a --preprocess that crops.`,
      );
    }
    data.set(pixels, index * first.data.length);
  }
  return { shape: [images.length, h, w, c], data, ...(images.some(({ mask }) => mask) && { mask: stackMasks(images, h * w) }) };
}

function stackMasks(images: readonly ImageBatch[], pixels: number): Float32Array {
  const all = new Float32Array(images.length * pixels).fill(1);
  for (const [index, { mask }] of images.entries()) if (mask) all.set(mask, index * pixels);
  return all;
}

/** The input of a discriminator of pairs. */
import type { ImageBatch } from "../data/image.js";

/** Batches of one image each, of one size, as one with the channels of all. */
export function joined(batches: readonly ImageBatch[]): ImageBatch {
  const [first, ...more] = batches;
  if (!first) throw new TypeError("a network sees at least one image");
  if (more.length === 0) return first;
  const [, h, w] = first.shape;
  const channels = batches.reduce((sum, { shape }) => sum + shape[3], 0);
  const data = new Float32Array(h * w * channels);
  let offset = 0;
  for (const { shape: [, , , own], data: values } of batches) {
    for (let pixel = 0; pixel < h * w; pixel++) data.set(values.subarray(pixel * own, (pixel + 1) * own), pixel * channels + offset);
    offset += own;
  }
  return { shape: [1, h, w, channels], data };
}

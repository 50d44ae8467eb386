/** Class numbers of pixels, as images, as batches for a loss, and in colours. */
import type { Image, ImageBatch } from "./image.js";
import type { Color } from "./label-classes.js";

/** An image of class numbers as a batch of one. Shape: `[1, h, w, 1]`, the numbers as float32. */
export function labelsToBatch({ width, height, data }: Image): ImageBatch {
  return { shape: [1, height, width, 1], data: Float32Array.from(data) };
}

/** The inverse of `labelsToBatch`, for any number of images. */
export function batchToLabels({ shape: [n, height, width], data }: ImageBatch): Image[] {
  const size = height * width;
  return Array.from({ length: n }, (_, index) => {
    return { width, height, channels: 1, data: Uint8Array.from(data.subarray(index * size, (index + 1) * size)) };
  });
}

/** The class of the largest score of each pixel, the first of equal ones. Shape: [n, h, w, classes], at most 255, becomes n images. */
export function scoresToLabels({ shape: [n, height, width, classes], data }: ImageBatch): Image[] {
  const size = height * width;
  const classAt = (pixel: number): number => {
    let best = 0;
    for (let label = 1; label < classes; label++) {
      if ((data[pixel * classes + label] ?? 0) > (data[pixel * classes + best] ?? 0)) best = label;
    }
    return best;
  };
  return Array.from({ length: n }, (_, index) => {
    const labels = Uint8Array.from({ length: size }, (__, pixel) => classAt(index * size + pixel));
    return { width, height, channels: 1, data: labels };
  });
}

/** Images of class numbers of one size in colours, for people. Shape: n images become [n, h, w, 3] in [−1, 1]. */
export function labelsInColor(images: readonly Image[], palette: readonly Color[]): ImageBatch {
  const [{ width, height } = { width: 0, height: 0 }] = images;
  const data = new Float32Array(images.length * width * height * 3);
  let at = 0;
  for (const { data: labels } of images) {
    for (const label of labels) {
      for (const sample of palette[label] ?? []) data[at++] = sample / 127.5 - 1;
    }
  }
  return { shape: [images.length, height, width, 3], data };
}

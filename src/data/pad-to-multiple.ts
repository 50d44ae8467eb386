/** Pads images so that their sides are multiples of the networks' stride. */
import type { ImageBatch } from "./image.js";

/** Reflects an index at both ends of 0 … size − 1, without repeating the edge, until it is inside. */
function reflect(index: number, size: number): number {
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const wrapped = index % period;
  return wrapped < size ? wrapped : period - wrapped;
}

/** Images of another size: padded by reflection at the right and bottom, or cropped there. */
function reframe(batch: ImageBatch, height: number, width: number): ImageBatch {
  const [n, h, w, c] = batch.shape;
  if (h === height && w === width) return batch;
  const data = new Float32Array(n * height * width * c);
  const kept = Math.min(w, width);
  let target = 0;
  for (let image = 0; image < n; image++) {
    for (let y = 0; y < height; y++) {
      const row = (image * h + reflect(y, h)) * w;
      data.set(batch.data.subarray(row * c, (row + kept) * c), target);
      for (let x = kept; x < width; x++) {
        const source = (row + reflect(x, w)) * c;
        data.set(batch.data.subarray(source, source + c), target + x * c);
      }
      target += width * c;
    }
  }
  const mask = batch.mask && reframe({ shape: [n, h, w, 1], data: batch.mask }, height, width).data;
  return { shape: [n, height, width, c], data, ...(mask && { mask }) };
}

/**
 * Pads images by reflection at the right and bottom until both sides are multiples of `multiple` pixels.
 *
 * The top left stays in place, so that the grid of the network's strides is the same as without padding.
 */
export function padToMultiple(batch: ImageBatch, multiple: number): ImageBatch {
  const [, h, w] = batch.shape;
  return reframe(batch, Math.ceil(h / multiple) * multiple, Math.ceil(w / multiple) * multiple);
}

/** The top-left `height` × `width` pixels of each image: undoes {@link padToMultiple}. */
export function cropTopLeft(batch: ImageBatch, height: number, width: number): ImageBatch {
  const [, h, w] = batch.shape;
  return reframe(batch, Math.min(h, height), Math.min(w, width));
}

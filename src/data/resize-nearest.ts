/** Resizes images of class numbers and masks, which must not be mixed. */
import { samplesLike, type DeepImage, type Image } from "./image.js";

/**
 * y[i, j] = x[⌊(i + ½) · h / height⌋, ⌊(j + ½) · w / width⌋]: the pixel whose area holds the middle of the new one.
 *
 * Shape: w×h pixels become `width`×`height`, without an alpha channel. Source: Pillow's NEAREST.
 */
export function resizeNearest(image: Image, width: number, height: number): Image;
export function resizeNearest(image: DeepImage, width: number, height: number): DeepImage;
export function resizeNearest({ width: w, height: h, channels, data }: DeepImage, width: number, height: number): DeepImage {
  const resized = samplesLike(data, width * height * channels);
  const columns = Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * w) / width) * channels);
  let target = 0;
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * h) / height) * w * channels;
    for (const column of columns) {
      for (let channel = 0; channel < channels; channel++) resized[target++] = data[row + column + channel] ?? 0;
    }
  }
  return { width, height, channels, data: resized };
}

/** Luminance of colours. */
import { shownChannel } from "./image.js";

/** The luminance of pixels as they are shown, in their range. Shape: `channels` values a pixel; the result has one. Source: ITU-R BT.601. */
export function luminanceOf(values: ArrayLike<number>, channels: number): Float32Array {
  const at = (pixel: number, colour: 0 | 1 | 2): number => values[channels * pixel + shownChannel(channels, colour)] ?? 0;
  return Float32Array.from({ length: values.length / channels }, (_, pixel) => 0.299 * at(pixel, 0) + 0.587 * at(pixel, 1) + 0.114 * at(pixel, 2));
}

/** Luminance of colours. */

/** The luminance of RGB pixels, in their range. Shape: 3 values a pixel; the result has one. Source: ITU-R BT.601. */
export function luminanceOf(rgb: ArrayLike<number>): Float32Array {
  return Float32Array.from({ length: rgb.length / 3 }, (_, pixel) => {
    return 0.299 * (rgb[3 * pixel] ?? 0) + 0.587 * (rgb[3 * pixel + 1] ?? 0) + 0.114 * (rgb[3 * pixel + 2] ?? 0);
  });
}

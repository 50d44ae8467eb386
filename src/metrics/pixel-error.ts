/** Metrics of pairs of images, pixel by pixel. */
import type { Image } from "../data/image.js";
import { ShapeError } from "../errors.js";

/** Throws a ShapeError that begins with `where` unless both images have the same size and number of channels. */
export function requireSameSize(where: string, a: Image, b: Image): void {
  if (a.width === b.width && a.height === b.height && a.channels === b.channels) return;
  const size = (image: Image): string => `${image.width}×${image.height}×${image.channels}`;
  throw new ShapeError(`${where}: expected images of one size, got ${size(a)} and ${size(b)}. Resize one of them.`);
}

/**
 * Mean |a − b| over pixels and channels, for images in [−1, 1]: 0 if equal, 2 for black against white.
 *
 * Throws ShapeError for images of different sizes.
 */
export function meanAbsoluteDistance(a: Image, b: Image): number {
  requireSameSize("meanAbsoluteDistance", a, b);
  const total = a.data.reduce((sum, value, index) => sum + Math.abs(value - (b.data[index] ?? 0)), 0);
  return total / a.data.length / 127.5;
}

/**
 * Peak signal-to-noise ratio in dB: 10 log₁₀(255² / mean (a − b)²) over pixels and channels; infinite for equal images.
 *
 * Throws ShapeError for images of different sizes.
 */
export function psnr(a: Image, b: Image): number {
  requireSameSize("psnr", a, b);
  const total = a.data.reduce((sum, value, index) => sum + (value - (b.data[index] ?? 0)) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / (total / a.data.length));
}

/** Metrics of pairs of images, pixel by pixel. */
import type { Image, MaskedImage } from "../data/image.js";
import { ShapeError } from "../errors.js";

/** Throws a ShapeError that begins with `where` unless both images have the same size and number of channels. */
export function requireSameSize(where: string, a: Image, b: Image): void {
  if (a.width === b.width && a.height === b.height && a.channels === b.channels) return;
  const size = (image: Image): string => `${image.width}×${image.height}×${image.channels}`;
  throw new ShapeError(`${where}: expected images of one size, got ${size(a)} and ${size(b)}. Resize one of them.`);
}

/** The mean of f(a − b) over the samples that count. */
function meanOfDifferences({ data, channels, mask }: MaskedImage, b: Image, f: (difference: number) => number): number {
  let [total, count] = [0, 0];
  for (const [index, value] of data.entries()) {
    if (mask && mask[Math.floor(index / channels)] === 0) continue;
    total += f(value - (b.data[index] ?? 0));
    count++;
  }
  return total / count;
}

/**
 * Mean |a − b| over pixels and channels, for images in [−1, 1]: 0 if equal, 2 for black against white.
 *
 * If a has a mask, the mean is over the pixels inside; NaN if there are none. Throws ShapeError for images of different sizes.
 */
export function meanAbsoluteDistance(a: MaskedImage, b: Image): number {
  requireSameSize("meanAbsoluteDistance", a, b);
  return meanOfDifferences(a, b, Math.abs) / 127.5;
}

/**
 * Peak signal-to-noise ratio in dB: 10 log₁₀(255² / mean (a − b)²) over pixels and channels; infinite for equal images.
 *
 * If a has a mask, the mean is over the pixels inside; NaN if there are none. Throws ShapeError for images of different sizes.
 */
export function psnr(a: MaskedImage, b: Image): number {
  requireSameSize("psnr", a, b);
  return 10 * Math.log10(255 ** 2 / meanOfDifferences(a, b, (difference) => difference ** 2));
}

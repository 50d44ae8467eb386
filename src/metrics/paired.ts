/** Figures of images of the same subject, compared pixel by pixel. */
import type { Image, MaskedImage } from "../data/image.js";
import { meanAbsoluteDistance, psnr } from "./pixel-error.js";
import { ssim } from "./ssim.js";

/** Means over pairs of images of the same subject. */
export type PairedFigures = {
  /** Mean |a − b| with images in [−1, 1]. */
  readonly l1: number;
  /** In dB; infinite if a pair is equal, which JSON writes as null. */
  readonly psnr: number;
  /** Absent if an image is smaller than 11×11 pixels. */
  readonly ssim?: number;
};

/** Side of the smallest image that SSIM can measure, in pixels. */
const SSIM_SIDE = 11;

/** Of an image with a mask, only pixels inside count. A pair that a figure has no pixels of is left out of its mean. */
export function pairedFigures(pairs: readonly (readonly [image: MaskedImage, truth: Image])[]): PairedFigures {
  const mean = (metric: (image: MaskedImage, truth: Image) => number): number => {
    const values = pairs.map(([image, truth]) => metric(image, truth)).filter((value) => !Number.isNaN(value));
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const large = pairs.every(([{ width, height }]) => Math.min(width, height) >= SSIM_SIDE);
  return { l1: mean(meanAbsoluteDistance), psnr: mean(psnr), ...(large && { ssim: mean(ssim) }) };
}

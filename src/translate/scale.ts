/** The size at which an image is translated: its own, or that of the training. */
import type { DeepImage, Image } from "../data/image.js";
import { resizeBicubic } from "../data/resize.js";
import type { TransformOptions } from "../data/transform.js";
import { DataError, UsageError } from "../errors.js";

export interface ScaleOptions {
  /** Resizes images so that their shorter side has this many pixels; by default they keep their size. */
  readonly loadSize?: number | undefined;
  /** Multiplies both sides of images by this factor; default 1. */
  readonly scale?: number | undefined;
}

/** How a training resized its images. */
export type TrainedScale = Pick<TransformOptions, "preprocess" | "loadSize">;

/** Throws a UsageError for sizes that make no sense, or that contradict each other. */
export function checkScale({ loadSize, scale }: ScaleOptions): void {
  if (loadSize !== undefined && scale !== undefined) {
    throw new UsageError("--load-size and --scale cannot be combined. Give one of the two.");
  }
  if (loadSize !== undefined && !(Number.isSafeInteger(loadSize) && loadSize >= 4)) {
    throw new UsageError(`--load-size: expected a whole number of at least 4, got ${loadSize}.`);
  }
  if (scale !== undefined && !(Number.isFinite(scale) && scale > 0)) {
    throw new UsageError(`--scale: expected a number above 0, got ${scale}.`);
  }
}

/** The image at the size that the options ask for, with its proportions. Throws a DataError for more than `maxPixels`. */
export function scaleImage(image: DeepImage, { loadSize, scale = 1 }: ScaleOptions, name: string, maxPixels: number): DeepImage {
  const factor = loadSize === undefined ? scale : loadSize / Math.min(image.width, image.height);
  const resized = (side: number): number => Math.max(1, Math.round(side * factor));
  const [width, height] = [resized(image.width), resized(image.height)];
  if (width * height > maxPixels) {
    throw new DataError(
      `${name}: expected at most ${maxPixels} pixels after resizing, ` +
        `got ${width}×${height} from ${image.width}×${image.height}. ` +
        "Use a smaller --scale or --load-size, or raise --max-pixels.",
    );
  }
  return resizeBicubic(image, width, height);
}

/** A factor beyond which textures are so much larger or smaller than those of the training that translations suffer. */
const FAR = 2;

/**
 * What to do if an image is much larger or smaller than the images of the training; undefined if it is not. A training
 * that does not resize images has seen them at their own sizes, which a run does not know.
 */
export function scaleHint({ width, height }: Pick<Image, "width" | "height">, trained: TrainedScale): string | undefined {
  const { preprocess, loadSize } = trained;
  if (preprocess === "crop" || preprocess === "none") return undefined;
  const isSquare = preprocess === "resize_and_crop";
  const factor = loadSize / (isSquare ? Math.sqrt(width * height) : width);
  if (factor <= FAR && factor >= 1 / FAR) return undefined;
  const size = isSquare ? `${loadSize}×${loadSize} pixels` : `a width of ${loadSize} pixels`;
  const scale = Number(factor.toPrecision(2));
  return `${width}×${height} pixels, but the run was trained on images resized to ${size}. For its scale, use --scale ${scale}.`;
}

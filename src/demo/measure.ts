import type { Image } from "../data/image.js";
import { ShapeError } from "../errors.js";
import type { Distances } from "../report/translations.js";

/** Mean |a − b| over pixels and channels, with images in [−1, 1]: 0 is equal, 2 is black against white. */
export function meanAbsoluteDistance(a: Image, b: Image): number {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels) {
    const size = (image: Image): string => `${image.width}×${image.height}×${image.channels}`;
    throw new ShapeError(`meanAbsoluteDistance: expected images of one size, got ${size(a)} and ${size(b)}.`);
  }
  const total = a.data.reduce((sum, value, index) => sum + Math.abs(value - (b.data[index] ?? 0)), 0);
  return total / a.data.length / 127.5;
}

function meanOverPairs(images: readonly Image[], truths: readonly Image[]): number {
  if (images.length !== truths.length || images.length === 0) {
    throw new ShapeError(`measure: expected as many images as truths, got ${images.length} and ${truths.length}.`);
  }
  const total = truths.reduce((sum, truth, index) => {
    const image = images[index];
    return image === undefined ? sum : sum + meanAbsoluteDistance(image, truth);
  }, 0);
  return total / truths.length;
}

/** Distances of held-out images and of their translations to the truth; entry i of each list belongs together. */
export function measure(real: readonly Image[], fake: readonly Image[], truth: readonly Image[]): Distances {
  return { untranslated: meanOverPairs(real, truth), translated: meanOverPairs(fake, truth) };
}

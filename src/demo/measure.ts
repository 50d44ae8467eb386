import type { Image } from "../data/image.js";
import { ShapeError } from "../errors.js";
import { meanAbsoluteDistance } from "../metrics/pixel-error.js";
import type { Distances } from "../report/translations.js";

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

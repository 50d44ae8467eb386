/** What a translation changes inside and outside of an object whose place is known. */
import type { Image } from "../data/image.js";
import { requireSameSize } from "./pixel-error.js";

/** Means over pixels: of all images together, so that large objects count for more. */
export interface MaskedChange {
  /** Mean |translated − original| inside and outside of the mask, images in [−1, 1]. */
  readonly inside: number;
  readonly outside: number;
  /** Mean colours inside of the mask, each channel from 0 to 255. */
  readonly original: readonly number[];
  readonly translated: readonly number[];
}

/** An original, its translation, and the mask of the object: a channel in which the object's pixels are not 0. */
export type MaskedTriple = readonly [original: Image, translated: Image, mask: Image];

/**
 * The change inside and outside of masks. NaN for a side without pixels.
 *
 * Throws a ShapeError for a translation of another size than its original's, or for a mask of another size.
 */
export function maskedChange(triples: readonly MaskedTriple[]): MaskedChange {
  const sums = { inside: 0, outside: 0, insidePixels: 0, outsidePixels: 0 };
  const zeros = (): number[] => Array.from({ length: triples[0]?.[0].channels ?? 1 }, () => 0);
  const colors = { original: zeros(), translated: zeros() };
  for (const [original, translated, mask] of triples) {
    requireSameSize("maskedChange", original, translated);
    requireSameSize("maskedChange", { ...original, channels: 1 }, mask);
    for (const [pixel, inside] of mask.data.entries()) {
      const side = inside === 0 ? "outside" : "inside";
      sums[`${side}Pixels`]++;
      for (let c = 0; c < original.channels; c++) {
        const at = pixel * original.channels + c;
        const [before, after] = [original.data[at] ?? 0, translated.data[at] ?? 0];
        sums[side] += Math.abs(after - before) / 127.5 / original.channels;
        if (side === "outside") continue;
        colors.original[c] = (colors.original[c] ?? 0) + before;
        colors.translated[c] = (colors.translated[c] ?? 0) + after;
      }
    }
  }
  const mean = (values: readonly number[]): number[] => values.map((value) => value / sums.insidePixels);
  return {
    inside: sums.inside / sums.insidePixels,
    outside: sums.outside / sums.outsidePixels,
    original: mean(colors.original),
    translated: mean(colors.translated),
  };
}

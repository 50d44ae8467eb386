/** Masks: which pixels of an image are changed, and which keep their value. */
import { decodeImage, type DecodeOptions } from "./decode.js";
import { DataError } from "../errors.js";
import { samplesLike, type DeepImage, type Image } from "./image.js";
import { asStored, sampleTypes, typeOf, type AnySamples } from "./stored-samples.js";

/**
 * Reads a mask from an image of any kind: 255 inside, 0 outside. Inside is what has at least half of the mask's largest value, so that
 * masks of 0 and 1 and of 0 and 255 mean the same; a black mask has no inside. Throws as `decodeImage`.
 */
export async function decodeMask(path: string, options: Pick<DecodeOptions, "maxPixels"> = {}): Promise<Image> {
  const { width, height, channels, data } = await decodeImage(path, 1, { maxPixels: options.maxPixels });
  const largest = data.reduce((most, value) => Math.max(most, value), 0);
  return { width, height, channels, data: data.map((value) => (largest > 0 && 2 * value >= largest ? 255 : 0)) };
}

/** Throws a DataError that names both files unless the mask has the size of its image. */
export function checkMaskSize(image: DeepImage, mask: Image, name: string, maskName: string): void {
  if (mask.width === image.width && mask.height === image.height) return;
  throw new DataError(
    `${name}: expected a mask of ${image.width}×${image.height} pixels, got ${mask.width}×${mask.height} in ${maskName}. Resize the mask.`,
  );
}

/** Samples with those of `outside` in place of pixels that are outside of the mask. */
function merge<T extends AnySamples>(inside: T, outside: T, merged: T, mask: Image): T {
  const channels = inside.length / mask.data.length;
  for (let at = 0; at < merged.length; at++) merged[at] = (mask.data[Math.floor(at / channels)] === 0 ? outside[at] : inside[at]) ?? 0;
  return merged;
}

/**
 * A translation with the pixels of its original outside of the mask, to the bit: the samples of the file, if the original has them.
 *
 * Shape: all three have one size, and both images the same channels and kind of samples.
 */
export function keepOutside<T extends DeepImage>(translation: T, original: DeepImage, mask: Image): T {
  const { data, stored } = translation;
  const merged = { ...translation, data: merge(data, original.data, samplesLike(data, data.length), mask) };
  const values = original.stored?.values;
  if (!stored || !values) return merged;
  const translated = asStored(data, stored);
  return { ...merged, stored: { ...stored, values: merge(translated, values, new sampleTypes[typeOf(values)].array(values.length), mask) } };
}

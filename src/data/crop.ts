/** Cuts rectangles out of images. */
import { DataError } from "../errors.js";
import { checkImage, samplesLike, type DeepImage, type Image, type ImageSamples } from "./image.js";
import { storedLike } from "./stored-samples.js";

/** A rectangle of an image, in whole pixels from its top left. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * A copy of a rectangle of an image, with its alpha channel.
 *
 * Shape: `width`×`height` pixels, with the image's channels. Throws a DataError for a rectangle that is not inside the image.
 */
export function cropImage(image: Image, rectangle: Rectangle): Image;
export function cropImage(image: DeepImage, rectangle: Rectangle): DeepImage;
export function cropImage(image: DeepImage, { left, top, width, height }: Rectangle): DeepImage {
  checkImage("cropImage", image);
  const isWhole = [left, top, width, height].every((number) => Number.isSafeInteger(number));
  const isBefore = left + width <= image.width && top + height <= image.height;
  const isInside = isBefore && left >= 0 && top >= 0 && width >= 1 && height >= 1;
  if (!isWhole || !isInside) {
    throw new DataError(
      `cropImage: expected a rectangle inside ${image.width}×${image.height} pixels, ` +
        `got ${width}×${height} at (${left}, ${top}).`,
    );
  }
  const { channels, data, alpha, stored } = image;
  const cut = (samples: ImageSamples, each: number): ImageSamples => {
    const cropped = samplesLike(samples, width * height * each);
    for (let y = 0; y < height; y++) {
      const from = ((top + y) * image.width + left) * each;
      cropped.set(samples.subarray(from, from + width * each), y * width * each);
    }
    return cropped;
  };
  return { width, height, channels, data: cut(data, channels), ...(alpha && { alpha: cut(alpha, 1) }), ...(stored && { stored: storedLike(stored) }) };
}

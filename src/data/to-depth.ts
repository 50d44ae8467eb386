/** Converts images between numbers of bits. */
import { whiteOf, type DeepImage, type Image, type ImageSamples } from "./image.js";

function to8(samples: ImageSamples): Uint8Array {
  if (samples instanceof Uint8Array) return samples;
  const rescale = 255 / whiteOf(samples);
  return Uint8Array.from(samples, (value) => Math.round(value * rescale));
}

function to16(samples: ImageSamples): Uint16Array {
  if (samples instanceof Uint16Array) return samples;
  const rescale = 65535 / whiteOf(samples);
  return Uint16Array.from(samples, (value) => Math.round(value * rescale));
}

/** The image in 8 or 16 bits, rounded. */
export function toDepth(image: DeepImage, bits: 8): Image;
export function toDepth(image: DeepImage, bits: 8 | 16): DeepImage;
export function toDepth({ width, height, channels, data, alpha }: DeepImage, bits: 8 | 16): DeepImage {
  const convert = bits === 8 ? to8 : to16;
  return { width, height, channels, data: convert(data), ...(alpha && { alpha: convert(alpha) }) };
}

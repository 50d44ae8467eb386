/** Converts images between numbers of bits. */
import { whiteOf, type DeepImage, type ImageSamples } from "./image.js";

function rescaled(samples: ImageSamples, bits: 8 | 16): ImageSamples {
  const rescale = (bits === 8 ? 255 : 65535) / whiteOf(samples);
  if (rescale === 1) return samples;
  const toWhole = (value: number): number => Math.round(value * rescale);
  return bits === 8 ? Uint8Array.from(samples, toWhole) : Uint16Array.from(samples, toWhole);
}

/** The image in 8 or 16 bits, rounded; the image itself if it has as many. */
export function toDepth(image: DeepImage, bits: 8 | 16): DeepImage {
  const { data, alpha } = image;
  return { ...image, data: rescaled(data, bits), ...(alpha && { alpha: rescaled(alpha, bits) }) };
}

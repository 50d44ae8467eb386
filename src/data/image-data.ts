/** Images from a canvas and for one. */
import { DataError } from "../errors.js";
import { flatten } from "./flatten.js";
import { checkChannels, checkImage, type Channels, type Image } from "./image.js";

/** The pixels of a canvas, RGBA in 8 bits: what an `ImageData` is. */
export interface CanvasPixels {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number> & { readonly BYTES_PER_ELEMENT: number };
}

/** The browser's class of that name, as the program's declarations know it; its pixels, if they do not. */
export type CanvasImageData = typeof globalThis extends { readonly ImageData: { readonly prototype: infer T } }
  ? T
  : CanvasPixels;

export interface FromImageDataOptions {
  /** 3 for RGB (default), 1 for gray. */
  readonly channels?: Channels;
  /** Keeps an alpha channel instead of compositing over white; default false. */
  readonly keepAlpha?: boolean;
}

/**
 * The image in an `ImageData`, such as `context.getImageData(…)` returns: RGB, or gray by ITU-R 601.
 *
 * Shape: `[h, w, 4]` samples become `[h, w, channels]`. Transparency is composited over white, as in files. Throws a
 * DataError for samples that are not RGBA in 8 bits, a UsageError for `channels`.
 */
export function fromImageData({ width, height, data }: CanvasPixels, options: FromImageDataOptions = {}): Image {
  const { channels = 3, keepAlpha = false } = options;
  checkChannels("fromImageData", channels);
  if (data.BYTES_PER_ELEMENT !== 1) {
    const bits = 8 * data.BYTES_PER_ELEMENT;
    throw new DataError(`fromImageData: expected samples of 8 bits, got ${bits}. Use the pixel format rgba-unorm8.`);
  }
  if (width < 1 || height < 1 || data.length !== 4 * width * height) {
    const size = `${width}×${height} pixels of RGBA`;
    throw new DataError(`fromImageData: expected ${4 * width * height} samples for ${size}, got ${data.length}.`);
  }
  return flatten({ width, height, channels: 4, data: Uint8Array.from(data) }, channels, { keepAlpha });
}

/**
 * An image as `ImageData`, for `context.putImageData(…)`. Gray becomes RGB. Without an alpha channel, all pixels are opaque.
 *
 * Shape: `[h, w, channels]` samples become `[h, w, 4]`. Throws a DataError for a wrong number of samples.
 */
export function toImageData(image: Image): CanvasImageData {
  checkImage("toImageData", image);
  const { width, height, channels, data, alpha } = image;
  const pixels = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      pixels.data[4 * pixel + channel] = data[pixel * channels + (channels === 3 ? channel : 0)] ?? 0;
    }
    pixels.data[4 * pixel + 3] = alpha?.[pixel] ?? 255;
  }
  return pixels;
}

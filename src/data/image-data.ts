/** Images from a canvas and for one. */
import { DataError, UsageError } from "../errors.js";
import { flatten } from "./flatten.js";
import { checkImage, shownChannel, type Image } from "./image.js";

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
  readonly channels?: 1 | 3;
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
  if (![1, 3].includes(channels)) throw new UsageError(`fromImageData: expected 1 or 3 channels, got ${String(channels)}.`);
  if (data.BYTES_PER_ELEMENT !== 1) {
    const bits = 8 * data.BYTES_PER_ELEMENT;
    throw new DataError(`fromImageData: expected samples of 8 bits, got ${bits}. Use the pixel format rgba-unorm8.`);
  }
  if (width < 1 || height < 1 || data.length !== 4 * width * height) {
    const size = `${width}×${height} pixels of RGBA`;
    throw new DataError(`fromImageData: expected ${4 * width * height} samples for ${size}, got ${data.length}.`);
  }
  return flatten({ width, height, channels: 4, hasAlpha: true, data: Uint8Array.from(data) }, channels, { keepAlpha });
}

/**
 * An image as `ImageData`, for `context.putImageData(…)`. The first three channels are shown as RGB, or the first as gray if there are
 * fewer. Without an alpha channel, all pixels are opaque.
 *
 * Shape: `[h, w, channels]` samples become `[h, w, 4]`. Throws a DataError for a wrong number of samples.
 */
export function toImageData(image: Image): CanvasImageData {
  checkImage("toImageData", image);
  const { width, height, channels, data, alpha } = image;
  const pixels = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (const colour of [0, 1, 2] as const) {
      pixels.data[4 * pixel + colour] = data[pixel * channels + shownChannel(channels, colour)] ?? 0;
    }
    pixels.data[4 * pixel + 3] = alpha?.[pixel] ?? 255;
  }
  return pixels;
}

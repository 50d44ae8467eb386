/** Converts decoded samples to RGB or gray. */
import { samplesLike, whiteOf, type DeepImage, type Image, type ImageSamples } from "./image.js";
import { storedLike, type StoredSamples } from "./stored-samples.js";
import { toDepth } from "./to-depth.js";

/** Samples from a codec, of 8 or 16 bits, or floats from 0 to 1. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Whether the last channel is opacity. */
  readonly hasAlpha: boolean;
  readonly data: ImageSamples;
  readonly stored?: StoredSamples;
}

/** Whether `flatten` makes an image of this many channels of the samples. */
export function canFlatten(samples: Pick<Samples, "channels" | "hasAlpha">, channels: number): boolean {
  const colours = samples.channels - (samples.hasAlpha ? 1 : 0);
  return isColour(channels) ? isColour(colours) : samples.channels === channels;
}

/** Whether this many channels are gray or RGB. */
function isColour(channels: number): boolean {
  return channels === 1 || channels === 3;
}

export interface FlattenOptions {
  /** Keeps an alpha channel that is not opaque everywhere instead of compositing over white; default false. */
  readonly keepAlpha?: boolean;
  /** Keeps 16 bits and floats; by default samples become 8 bits. */
  readonly keepDepth?: boolean;
}

/** ITU-R 601 luma, with weights in 16-bit fixed point. Whole numbers are rounded like Pillow's mode L. */
function luma(r: number, g: number, b: number, isWhole: boolean): number {
  const sum = r * 19595 + g * 38470 + b * 7471;
  return isWhole ? Math.floor((sum + 0x8000) / 0x10000) : sum / 0x10000;
}

function overWhite(value: number, opacity: number, white: number): number {
  const shown = white + (value - white) * opacity;
  return white > 1 ? Math.round(shown) : shown;
}

/**
 * Converts to RGB or gray, by default of 8 bits: 16-bit samples v become v / 257, and floats 255 · v, rounded. Transparency is
 * composited over white. For other numbers of channels, the samples must have as many (`canFlatten`), opacity included.
 *
 * `keepAlpha`: colours stay as they are; fully transparent pixels become white.
 */
export function flatten(samples: Samples, channels: number, options?: FlattenOptions & { readonly keepDepth?: false }): Image;
export function flatten(samples: Samples, channels: number, options: FlattenOptions): DeepImage;
export function flatten(samples: Samples, channels: number, options: FlattenOptions = {}): DeepImage {
  const { width, height, data, stored } = samples;
  const { keepAlpha = false, keepDepth = false } = options;
  if (!isColour(channels) || (samples.channels === channels && !samples.hasAlpha)) {
    const image = { width, height, channels, data, ...(stored && { stored }) };
    return keepDepth ? image : toDepth(image, 8);
  }
  const { channels: perPixel, hasAlpha } = samples;
  const [toGreen, toBlue] = perPixel > 2 ? [1, 2] : [0, 0];
  const like = keepDepth ? data : new Uint8Array();
  const pixels = samplesLike(like, width * height * channels);
  const alpha = hasAlpha && keepAlpha ? samplesLike(like, width * height) : undefined;
  const [max, white] = [whiteOf(data), whiteOf(like)];
  const isWhole = white > 1;
  const scale = white / max;
  let opaque = true;
  for (let pixel = 0; pixel < width * height; pixel++) {
    const source = pixel * perPixel;
    const shown = hasAlpha ? (data[source + perPixel - 1] ?? max) / max : 1;
    if (alpha) alpha[pixel] = isWhole ? Math.round(shown * white) : shown;
    opaque &&= shown === 1;
    const opacity = alpha && shown > 0 ? 1 : shown;
    const r = overWhite((data[source] ?? 0) * scale, opacity, white);
    const g = overWhite((data[source + toGreen] ?? 0) * scale, opacity, white);
    const b = overWhite((data[source + toBlue] ?? 0) * scale, opacity, white);
    if (channels === 1) {
      pixels[pixel] = luma(r, g, b, isWhole);
    } else {
      pixels[pixel * 3] = r;
      pixels[pixel * 3 + 1] = g;
      pixels[pixel * 3 + 2] = b;
    }
  }
  return { width, height, channels, data: pixels, ...(alpha && !opaque && { alpha }), ...(keepDepth && stored && { stored: storedLike(stored) }) };
}

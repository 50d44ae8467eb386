/** Samples as files store them: integers and floats of any size, with the values of black and white. */
import type { DeepImage, ImageSamples } from "./image.js";

/** The types of samples in files, by libvips' names, with the values that are black and white by default. */
export const sampleTypes = {
  uchar: { array: Uint8Array, range: [0, 255] },
  char: { array: Int8Array, range: [-128, 127] },
  ushort: { array: Uint16Array, range: [0, 65535] },
  short: { array: Int16Array, range: [-32768, 32767] },
  uint: { array: Uint32Array, range: [0, 2 ** 32 - 1] },
  int: { array: Int32Array, range: [-(2 ** 31), 2 ** 31 - 1] },
  float: { array: Float32Array, range: [0, 1] },
  double: { array: Float64Array, range: [0, 1] },
} as const;
export type SampleType = keyof typeof sampleTypes;

/** Samples of any of these types. */
export type AnySamples =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** How a file stores samples that a program has as floats from 0 to 1. */
export interface StoredSamples {
  readonly type: SampleType;
  /** The values of black and white. */
  readonly range: readonly [black: number, white: number];
  /** The samples themselves, which are then written in place of the floats: these are rounded, and clipped to the range. */
  readonly values?: AnySamples;
}

/** How changed samples are stored: like those that they were made of, without their values. */
export function storedLike({ type, range }: StoredSamples): StoredSamples {
  return { type, range };
}

/** The type of samples, which is that of their array. */
export function typeOf(samples: AnySamples): SampleType {
  if (samples instanceof Uint8Array) return "uchar";
  if (samples instanceof Int8Array) return "char";
  if (samples instanceof Uint16Array) return "ushort";
  if (samples instanceof Int16Array) return "short";
  if (samples instanceof Uint32Array) return "uint";
  if (samples instanceof Int32Array) return "int";
  return samples instanceof Float32Array ? "float" : "double";
}

/** Floats from 0 to 1 as their file stores them. Integers are rounded. Other samples are returned as they are. */
export function asStored(samples: ImageSamples, stored: StoredSamples | undefined): AnySamples {
  if (!stored || !(samples instanceof Float32Array)) return samples;
  const { type, range: [black, white] } = stored;
  const { array, range: limits } = sampleTypes[type];
  const values = new array(samples.length);
  const isWhole = type !== "float" && type !== "double";
  for (let at = 0; at < values.length; at++) {
    const value = black + (samples[at] ?? 0) * (white - black);
    values[at] = isWhole ? Math.min(limits[1], Math.max(limits[0], Math.round(value))) : value;
  }
  return values;
}

/** The samples of a file: rows from the top, channels interleaved. */
export interface FileSamples {
  readonly width: number;
  readonly height: number;
  /** With opacity. */
  readonly channels: number;
  /** Whether the last channel is opacity. */
  readonly hasAlpha: boolean;
  readonly data: AnySamples;
}

/** The samples of an image as its file stores them. Opacity, which has the whole range of its type, becomes the last channel. */
export function fileSamples({ width, height, channels, data: samples, alpha, stored }: DeepImage): FileSamples {
  const data = stored?.values ?? asStored(samples, stored);
  if (!alpha) return { width, height, channels, hasAlpha: false, data };
  const opacity = asStored(alpha, stored && { ...stored, range: sampleTypes[stored.type].range });
  const pixels = new sampleTypes[typeOf(data)].array(width * height * (channels + 1));
  for (let pixel = 0; pixel < width * height; pixel++) {
    const target = pixel * (channels + 1);
    for (let channel = 0; channel < channels; channel++) pixels[target + channel] = data[pixel * channels + channel] ?? 0;
    pixels[target + channels] = opacity[pixel] ?? 0;
  }
  return { width, height, channels: channels + 1, hasAlpha: true, data: pixels };
}

/** Images as in files, and in float32 for networks. */
import { DataError, UsageError } from "../errors.js";
import type { StoredSamples } from "./stored-samples.js";

/** Samples of 8 or 16 bits, from 0 (black) to the largest (white), or floats from 0 (black) to 1 (white). */
export type ImageSamples = Uint8Array | Uint16Array | Float32Array;

/** An image, of 8 bits unless stated otherwise: rows from the top, channels interleaved. */
export interface Image<Samples extends ImageSamples = Uint8Array> {
  readonly width: number;
  readonly height: number;
  /** 1 to 16: 1 is gray, 3 RGB. */
  readonly channels: number;
  readonly data: Samples;
  /** Opacity of each pixel, if it was requested and the image has it. Networks do not see it. */
  readonly alpha?: Samples;
  /** How its file stores the samples; absent if it stores them as in `data`. */
  readonly stored?: StoredSamples;
}

/** An image of 8 bits, 16 bits or floats. */
export type DeepImage = Image<ImageSamples>;

/** The sample of white: 255, 65535 or 1. */
export function whiteOf(samples: ImageSamples): number {
  if (samples instanceof Uint8Array) return 255;
  return samples instanceof Uint16Array ? 65535 : 1;
}

/** Zeros of the type of other samples. */
export function samplesLike(samples: ImageSamples, length: number): ImageSamples {
  if (samples instanceof Uint8Array) return new Uint8Array(length);
  return samples instanceof Uint16Array ? new Uint16Array(length) : new Float32Array(length);
}

/** The most channels of an image. */
export const MOST_CHANNELS = 16;

/** Images for a network: float32 in [−1, 1], `[n, h, w, c]`. */
export interface ImageBatch {
  readonly shape: readonly [n: number, h: number, w: number, c: number];
  readonly data: Float32Array;
  /** Which pixels count: 1 inside of a mask, 0 outside, `[n, h, w]`. Absent: all count. */
  readonly mask?: Float32Array;
}

/** An image of which only a part may count. */
export type MaskedImage = Image & {
  /** Which pixels count: 1 inside of a mask, 0 outside, `[h, w]`. Absent: all count. */
  readonly mask?: Float32Array;
};

/** Throws a UsageError, with the name of the place, unless images can have this many channels. */
export function checkChannels(where: string, channels: number): void {
  if (!isChannels(channels)) throw new UsageError(`${where}: expected 1 to ${MOST_CHANNELS} channels, got ${channels}.`);
}

/** Whether images can have this many channels. */
export function isChannels(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 1 && count <= MOST_CHANNELS;
}

/** The channel that shows red (0), green (1) or blue (2): the first three channels are shown as RGB, the first of two as gray. */
export function shownChannel(channels: number, colour: 0 | 1 | 2): number {
  return channels >= 3 ? colour : 0;
}

/** Throws a DataError, with the name of the place, unless the image has as many samples as its size says. */
export function checkImage(where: string, { width, height, channels, data, alpha }: DeepImage): void {
  const size = `${width}×${height} pixels of ${String(channels)} channels`;
  if (![width, height].every((side) => Number.isSafeInteger(side) && side >= 1) || !isChannels(channels)) {
    throw new DataError(`${where}: expected an image of at least 1×1 pixels with 1 to ${MOST_CHANNELS} channels, got ${size}.`);
  }
  if (data.length !== width * height * channels) {
    throw new DataError(`${where}: expected ${width * height * channels} samples for ${size}, got ${data.length}.`);
  }
  if (alpha && alpha.length !== width * height) {
    throw new DataError(`${where}: expected ${width * height} samples of alpha for ${size}, got ${alpha.length}.`);
  }
}

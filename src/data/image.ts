/** Images as in files, and in float32 for networks. */
import { DataError, UsageError } from "../errors.js";

/** Samples of 8 or 16 bits, from 0 (black) to the largest (white), or floats from 0 (black) to 1 (white). */
export type ImageSamples = Uint8Array | Uint16Array | Float32Array;

/** An image, of 8 bits unless stated otherwise: rows from the top, channels interleaved. */
export interface Image<Samples extends ImageSamples = Uint8Array> {
  readonly width: number;
  readonly height: number;
  /** 1 gray, 3 RGB. */
  readonly channels: Channels;
  readonly data: Samples;
  /** Opacity of each pixel, if it was requested and the image has it. Networks do not see it. */
  readonly alpha?: Samples;
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

export type Channels = 1 | 3;

/** Images for a network: float32 in [−1, 1], `[n, h, w, c]`. */
export interface ImageBatch {
  readonly shape: readonly [n: number, h: number, w: number, c: number];
  readonly data: Float32Array;
}

/** Throws a UsageError, with the name of the place, unless images can have this many channels. */
export function checkChannels(where: string, channels: number): void {
  if (channels !== 1 && channels !== 3) throw new UsageError(`${where}: expected 1 or 3 channels, got ${channels}.`);
}

/** Throws a DataError, with the name of the place, unless the image has as many samples as its size says. */
export function checkImage(where: string, { width, height, channels, data, alpha }: DeepImage): void {
  const size = `${width}×${height} pixels of ${String(channels)} channels`;
  if (![width, height].every((side) => Number.isSafeInteger(side) && side >= 1) || ![1, 3].includes(channels)) {
    throw new DataError(`${where}: expected an image of at least 1×1 pixels with 1 or 3 channels, got ${size}.`);
  }
  if (data.length !== width * height * channels) {
    throw new DataError(`${where}: expected ${width * height * channels} samples for ${size}, got ${data.length}.`);
  }
  if (alpha && alpha.length !== width * height) {
    throw new DataError(`${where}: expected ${width * height} samples of alpha for ${size}, got ${alpha.length}.`);
  }
}

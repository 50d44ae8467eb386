/** Images in 8 bits as in files, and in float32 for networks. */
import { DataError, UsageError } from "../errors.js";

/** An 8-bit image: rows from the top, channels interleaved. */
export interface Image {
  readonly width: number;
  readonly height: number;
  /** 1 gray, 3 RGB. */
  readonly channels: Channels;
  readonly data: Uint8Array;
  /** Opacity of each pixel, if it was requested and the image has it. Networks do not see it. */
  readonly alpha?: Uint8Array;
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
export function checkImage(where: string, { width, height, channels, data, alpha }: Image): void {
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

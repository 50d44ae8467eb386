/** Images in 8 bits as in files, and in float32 for networks. */

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

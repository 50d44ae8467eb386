/**
 * NOTE: hostile images. A small file may claim to be large, or make its decoder work long. No file takes more than 10 s or 1 GB
 * (on a processor of 2020), because these limits are checked before anything is decoded:
 *
 * - pixels: `MAX_PIXELS`, or what the user allows; half of that for AVIF, whose decoder keeps three copies,
 * - bytes of the decoded samples, and of the file: 4 for each pixel of that limit; half a byte for AVIF, whose decoder is slow,
 * - what stands beside the pixels: scans, segments, chunks, pages, frames, texts.
 *
 * There is no limit of time: which images are left out must not depend on how busy a machine is.
 */
import { DataError } from "../../errors.js";
import type { Format } from "../image-kinds.js";
import { boundGif, boundTiff, boundWebp } from "./frames.js";
import { boundJpeg } from "./jpeg.js";
import { boundPng } from "./png.js";

/** Default limit of pixels: 8192 × 8192. */
export const MAX_PIXELS = 2 ** 26;

/** Bytes of a pixel with four samples of 8 bits. */
const PIXEL_BYTES = 4;

/** What a file may hold beside its pixels, in bytes. */
const ROOM = 2 ** 24;

/** The largest file, in bytes: its pixels without compression, and some room for the rest. */
export function maxBytes(maxPixels: number): number {
  return PIXEL_BYTES * maxPixels + ROOM;
}

/** What a header says of an image. */
export interface Claim {
  readonly width: number;
  readonly height: number;
  /** Samples of a pixel. */
  readonly channels: number;
  /** Bytes of a sample. */
  readonly bytes: number;
  readonly format: Format;
}

/** Throws a DataError for an image without pixels, or with too many. */
export function checkClaim({ width, height, channels, bytes, format }: Claim, maxPixels: number): void {
  if (!(width > 0 && height > 0)) throw new DataError(`a size of ${width}×${height}`);
  const most = format === "avif" ? Math.floor(maxPixels / 2) : maxPixels;
  if (width * height > most) {
    throw new DataError(`${width}×${height} pixels, more than the limit of ${most}, which --max-pixels raises`);
  }
  const needed = width * height * channels * bytes;
  if (needed > PIXEL_BYTES * maxPixels) {
    throw new DataError(
      `${needed} bytes of pixels (${width}×${height}, ${channels} channels of ${8 * bytes} bits), ` +
        `more than the limit of ${PIXEL_BYTES * maxPixels}, which --max-pixels raises`,
    );
  }
}

/**
 * The file as its decoder may read it. Throws a DataError for one that would take its decoder too long. `reuse`: the memory of
 * the file may be overwritten.
 */
export function boundContent(file: Buffer, format: Format, maxPixels: number, reuse: boolean): Buffer {
  const most = Math.floor(maxPixels / 2) + ROOM;
  if (format === "avif" && file.length > most) {
    throw new DataError(`an AVIF of ${file.length} bytes, more than the limit of ${most}, which --max-pixels raises`);
  }
  if (format === "png") return boundPng(file, reuse);
  if (format === "gif") return boundGif(file);
  if (format === "jpeg") boundJpeg(file);
  if (format === "tiff") boundTiff(file);
  if (format === "webp") boundWebp(file);
  return file;
}

/** Turns an image file into network input. */
import { DataError } from "../errors.js";
import type { ImageBatch } from "./image.js";
import { cropWithMask, readResized, type ImageFile, type ResizedImage } from "./read-image.js";
import type { ValueRange } from "./value-range.js";
import type { RandomChoices, TransformOptions } from "./transform.js";

export interface PrepareOptions extends TransformOptions {
  /** Limit of the cache of decoded and resized images, in bytes. The first images stay in it, because every epoch uses all. */
  readonly cacheBytes: number;
  /** The most pixels that an image may have; default 2²⁶. */
  readonly maxPixels?: number | undefined;
  /** The values of files that become black and white; default `auto`. */
  readonly valueRange?: ValueRange | undefined;
  /** See `DecodeOptions`; default false. */
  readonly ignoreIcc?: boolean | undefined;
}

export interface PrepareRequest extends ImageFile {
  readonly choices: RandomChoices;
}

/** An image ready for the network, or the reason why its file cannot be read. */
export type Prepared = { readonly batch: ImageBatch } | { readonly unreadable: string };

export type Prepare = (request: PrepareRequest) => Promise<Prepared>;

/**
 * Prepares files, with a cache. A file that cannot be read or transformed, such as one smaller than the crop, is `unreadable`.
 * Rejects with an UnreachableError.
 */
export function createPrepare(options: PrepareOptions): Prepare {
  const cache = new Map<string, ResizedImage>();
  let free = options.cacheBytes;

  async function load(file: ImageFile): Promise<ResizedImage | string> {
    const { path, channels, half, classes } = file;
    const key = `${classes ? "labels" : channels} ${half ?? ""} ${path}`;
    const known = cache.get(key);
    if (known) return known;
    let read: ResizedImage;
    try {
      read = await readResized(file, options);
    } catch (error) {
      if (error instanceof DataError) return error.message;
      throw error;
    }
    const bytes = read.image.data.byteLength + (read.mask?.data.byteLength ?? 0);
    if (bytes <= free && !cache.has(key)) {
      cache.set(key, read);
      free -= bytes;
    }
    return read;
  }

  return async (request) => {
    const read = await load(request);
    if (typeof read === "string") return { unreadable: read };
    return { batch: cropWithMask(read, options, request.choices, request.classes !== undefined) };
  };
}

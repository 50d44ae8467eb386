/** Turns an image file into network input. */
import { DataError } from "../errors.js";
import type { ImageSource } from "./dataset.js";
import { decodeLabels } from "./decode-labels.js";
import { decodeImage } from "./decode.js";
import type { DeepImage, ImageBatch } from "./image.js";
import type { LabelClasses } from "./label-classes.js";
import { resizeBicubic } from "./resize.js";
import { resizeNearest } from "./resize-nearest.js";
import type { ValueRange } from "./value-range.js";
import type { RandomChoices, TransformOptions } from "./transform.js";
import { asLabel, cropAndFlip, halfOf, resizeForCrop } from "./transform.js";

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

export interface PrepareRequest {
  readonly path: string;
  readonly channels: number;
  readonly choices: RandomChoices;
  /** The half of the image to use; absent: the whole image. */
  readonly half?: NonNullable<ImageSource["half"]>;
  /** Present if the image holds labels of these classes. The result then holds class numbers. */
  readonly classes?: LabelClasses;
}

/** An image ready for the network, or the reason why its file cannot be read. */
export type Prepared = { readonly batch: ImageBatch } | { readonly unreadable: string };

export type Prepare = (request: PrepareRequest) => Promise<Prepared>;

/**
 * Prepares files, with a cache. A file that cannot be read or transformed, such as one smaller than the crop, is `unreadable`.
 * Rejects with an UnreachableError.
 */
export function createPrepare(options: PrepareOptions): Prepare {
  const cache = new Map<string, DeepImage>();
  const { maxPixels, valueRange, ignoreIcc } = options;
  let free = options.cacheBytes;

  async function load({ path, channels, half, classes }: PrepareRequest): Promise<DeepImage | string> {
    const key = `${classes ? "labels" : channels} ${half ?? ""} ${path}`;
    const known = cache.get(key);
    if (known) return known;
    let image: DeepImage;
    try {
      const decoded = classes
        ? await decodeLabels(path, classes, { maxPixels })
        : await decodeImage(path, channels, { maxPixels, valueRange, ignoreIcc, keepDepth: true });
      image = resizeForCrop(half ? halfOf(decoded, half, path) : decoded, options, path, classes ? resizeNearest : resizeBicubic);
    } catch (error) {
      if (error instanceof DataError) return error.message;
      throw error;
    }
    if (image.data.byteLength <= free && !cache.has(key)) {
      cache.set(key, image);
      free -= image.data.byteLength;
    }
    return image;
  }

  return async (request) => {
    const image = await load(request);
    if (typeof image === "string") return { unreadable: image };
    return { batch: cropAndFlip(image, options, request.choices, request.classes && asLabel) };
  };
}

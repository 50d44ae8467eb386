/** Test images at the size at which networks are measured. */
import { dirname, extname, relative } from "node:path";
import type { MaskedImage } from "./image.js";
import type { ImageSource } from "./dataset.js";
import type { LabelClasses } from "./label-classes.js";
import { batchToLabels } from "./label-batch.js";
import { cropWithMask, readResized } from "./read-image.js";
import { batchToImages, centered } from "./transform.js";
import type { TransformOptions } from "./transform.js";
import { DataError } from "../errors.js";
import { pairName } from "./pairs.js";
import { createPatience } from "./patience.js";
import type { ValueRange } from "./value-range.js";

/** A test image, resized or cropped. */
export interface HeldOutImage {
  /** Path relative to its folder, without extension. */
  readonly name: string;
  readonly image: MaskedImage;
}

export interface HeldOutRequest {
  /** Paths of the image files, in order. */
  readonly paths: readonly string[];
  /** The folder that names are relative to. */
  readonly folder: string;
  readonly channels: number;
  /** The half of each image to use; absent: the whole image. */
  readonly half?: NonNullable<ImageSource["half"]>;
  /** Present if the images hold labels of these classes. */
  readonly classes?: LabelClasses | undefined;
  /** The masks of images, by the images' paths; default none. */
  readonly masks?: ReadonlyMap<string, string> | undefined;
  /** How the training prepares images. */
  readonly transform: TransformOptions;
  /** The most pixels that an image may have; default 2²⁶. */
  readonly maxPixels?: number | undefined;
  /** The values that become black and white in files of more than 8 bits; default `auto`. */
  readonly valueRange?: ValueRange | undefined;
  /** See `DecodeOptions`; default false. */
  readonly ignoreIcc?: boolean | undefined;
  /** Makes an error of an image that would be skipped; default false. */
  readonly strict?: boolean;
  /** Receives a line for each image that is skipped. */
  readonly onMessage?: ((text: string) => void) | undefined;
  /** Receives a line when images cannot be reached and are waited for; default `onMessage`. */
  readonly onWait?: ((text: string) => void) | undefined;
  /** The longest time to wait for them, in seconds; default 120. */
  readonly patience?: number;
}

/**
 * The training's transform without randomness: resized to the size of the crop, as in the reference's test, or cropped from
 * the middle.
 */
function withoutChance({ preprocess, loadSize, cropSize }: TransformOptions): TransformOptions {
  return { preprocess, cropSize, loadSize: preprocess.endsWith("_crop") ? cropSize : loadSize };
}

/** The shortest side that generators accept: after two halvings it is padded by reflection of one pixel. */
const LEAST_SIDE = 8;

/** How one image is read. */
type ReadRequest = Pick<HeldOutRequest, "channels" | "transform" | "half" | "maxPixels" | "valueRange" | "ignoreIcc" | "classes" | "masks">;

/** Reads one image as `readHeldOutImages` does. Throws a DataError if it cannot be used, an UnreachableError if its disk does not answer. */
export async function readHeldOutImage(path: string, request: ReadRequest): Promise<MaskedImage> {
  const { channels, transform, half, classes, masks } = request;
  const options = withoutChance(transform);
  const resized = await readResized({ path, channels, half, classes, mask: masks?.get(path) }, { ...request, ...options });
  const batch = cropWithMask(resized, options, centered, classes !== undefined);
  const [prepared]: readonly MaskedImage[] = classes ? batchToLabels(batch) : batchToImages(batch);
  if (!prepared) throw new TypeError("a batch of one has one image");
  const { width, height } = prepared;
  if (Math.min(width, height) >= LEAST_SIDE) return prepared;
  throw new DataError(`${path}: expected at least 8×8 pixels to measure on, got ${width}×${height}.`);
}

/**
 * Reads test images. Skips those that cannot be read, with a message, and waits for those that cannot be reached. Throws a
 * DataError if none is left, an UnreachableError if they stay away.
 */
export async function readHeldOutImages(request: HeldOutRequest): Promise<HeldOutImage[]> {
  const { paths, folder, strict = false, onMessage, onWait = onMessage, patience: seconds = 120 } = request;
  const patience = createPatience({ seconds, onMessage: onWait });
  const images: HeldOutImage[] = [];
  for (const path of paths) {
    const name = relative(folder, path);
    try {
      const image = await patience(() => readHeldOutImage(path, request));
      images.push({ name: name.slice(0, name.length - extname(name).length), image });
    } catch (error) {
      if (!(error instanceof DataError) || strict) throw error;
      onMessage?.(`Not measured: ${error.message}`);
    }
  }
  if (images.length > 0) return images;
  throw new DataError(
    `${dirname(paths[0] ?? folder)}: expected at least one image to measure on, ` +
      `got ${paths.length} that cannot be used. Replace them.`,
  );
}

/** `count` items, evenly chosen from the list; all of them if `count` is 0 or larger than the list. */
export function spread<T>(items: readonly T[], count: number): T[] {
  if (count === 0 || count >= items.length) return [...items];
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)]).flatMap((item) =>
    item === undefined ? [] : [item],
  );
}

/** The indices, in both lists, of images that form a pair according to their names. */
export function pairsByName(a: readonly HeldOutImage[], b: readonly HeldOutImage[]): (readonly [a: number, b: number])[] {
  const places = new Map(b.map((image, index) => [pairName(image.name, "B"), index]));
  return a.flatMap((image, index) => {
    const other = places.get(pairName(image.name, "A"));
    return other === undefined ? [] : [[index, other] as const];
  });
}

/** The options of a loader: their defaults and their checks. */
import { checkNumber } from "../check-number.js";
import { DataError, UsageError } from "../errors.js";
import { Random } from "../random.js";
import type { DatasetKind, Direction, SampleOptions } from "./dataset.js";
import { unpaired } from "./datasets/unpaired.js";
import { checkChannels } from "./image.js";
import type { ImageFiles } from "./image-folder.js";
import type { LabelClasses } from "./label-classes.js";
import type { ValueRange } from "./value-range.js";
import { preprocessKinds, type TransformOptions } from "./transform.js";

export interface LoaderOptions extends Partial<TransformOptions>, Partial<SampleOptions> {
  /** Default `unpaired`. */
  readonly dataset?: DatasetKind;
  /** The image files of the data set, as `findImages` returns them. */
  readonly files: ImageFiles;
  /** The masks of the images of the sides in `dataset.masks`, as `findMasks` returns them. Their batches then have masks. Default none. */
  readonly masks?: ReadonlyMap<string, string>;
  /** Default `AtoB`. */
  readonly direction?: Direction;
  /** Channels of each side's images; default 3. */
  readonly channels?: Readonly<Record<string, number>>;
  /** The classes of the side that `dataset.labels` names. Its batches hold class numbers, 255 for pixels that count nowhere. */
  readonly classes?: LabelClasses | undefined;
  /** Use only the first of each folder's images, at most this many; 0 (default): all. */
  readonly maxDatasetSize?: number;
  /** Images of each side in a batch. Default 1. */
  readonly batchSize?: number;
  /** Leave out the last batch of an epoch if it is smaller. Default false. */
  readonly dropLast?: boolean;
  /** Return only this process's part of each batch: of equal parts in the order of the ranks, that of `rank`. Default the whole batch. */
  readonly share?: { readonly rank: number; readonly worldSize: number } | undefined;
  /** Return the first batch again and again. Default false. */
  readonly overfitBatch?: boolean;
  /** Decoding threads; 0 decodes in this one. Default 2. */
  readonly workers?: number;
  /** Batches prepared ahead. Default 4. */
  readonly prefetch?: number;
  /** The most pixels that an image may have; default 2²⁶. */
  readonly maxPixels?: number;
  /** The values that become black and white in files of more than 8 bits; default `auto`. */
  readonly valueRange?: ValueRange;
  /** Uses colours as they are stored, as the reference does, instead of converting them to sRGB by the file's profile; default false. */
  readonly ignoreIcc?: boolean;
  /** Memory for decoded and resized images, in bytes. Default 512 MiB. */
  readonly cacheBytes?: number;
  /** The first batch: `epoch` from 1, `index` within the epoch from 0. Default the very first. */
  readonly start?: { readonly epoch: number; readonly index: number };
  /** Seconds to wait for images that cannot be reached, because their disk or server does not answer. Default 120. */
  readonly patience?: number;
  /** Ends such a wait. */
  readonly signal?: AbortSignal | undefined;
  /** Makes an error of an unreadable image; default false. */
  readonly strict?: boolean;
  /** Called once for each unreadable image, whose place the next readable one takes, and when a wait begins. */
  readonly onWarning?: (message: string) => void;
}

/** What a training uses by default. */
const defaults = {
  dataset: unpaired,
  direction: "AtoB",
  channels: {},
  maxDatasetSize: 0,
  batchSize: 1,
  preprocess: "resize_and_crop",
  loadSize: 286,
  cropSize: 256,
  serialBatches: false,
  flip: true,
} as const;

/** Options with their defaults. */
export type FullOptions = LoaderOptions & Required<Pick<LoaderOptions, keyof typeof defaults | "random">>;

/** The options with their defaults. Throws as `createLoader`. */
export function fullOptions(given: LoaderOptions): FullOptions {
  const options: FullOptions = { ...defaults, random: new Random(0), ...given };
  checkOptions(options);
  return options;
}

function checkOptions(options: FullOptions): void {
  const { batchSize, maxDatasetSize, loadSize, cropSize, workers = 0, prefetch = 0, channels, direction, preprocess } = options;
  const atLeast = (min: number, settings: Readonly<Record<string, number>>): void => {
    for (const [name, value] of Object.entries(settings)) checkNumber("createLoader", name, value, { min, whole: true });
  };
  atLeast(1, { batchSize, loadSize, cropSize });
  atLeast(0, { maxDatasetSize, workers, prefetch });
  for (const each of Object.values(channels)) checkChannels("createLoader", each);
  checkChoice("direction", direction, ["AtoB", "BtoA"]);
  checkChoice("preprocess", preprocess, preprocessKinds);
  checkClasses(options);
  checkFiles(options);
}

function checkChoice(name: string, value: string, kinds: readonly string[]): void {
  if (kinds.includes(value)) return;
  throw new UsageError(`createLoader: expected ${name} to be one of ${kinds.join(", ")}, got ${JSON.stringify(value)}.`);
}

/** Throws a UsageError for labels without classes. */
function checkClasses({ dataset, classes }: FullOptions): void {
  if (dataset.labels === undefined || classes) return;
  throw new UsageError(`createLoader: expected classes for the labels of ${dataset.labels}, got none. parseClasses reads them.`);
}

/** Throws a DataError for a side without files, whose epochs would be empty. */
function checkFiles({ dataset, files, direction }: FullOptions): void {
  for (const side of dataset.sides) {
    const { folder } = dataset.source(side, direction);
    if ((files[folder]?.length ?? 0) > 0) continue;
    const got = Object.entries(files).map(([key, { length }]) => `${length} for ${key}`).join(", ");
    throw new DataError(`createLoader: expected files of images for ${folder}, got ${got || "none"}. findImages returns them.`);
  }
}

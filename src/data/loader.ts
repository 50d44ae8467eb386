/** Batches for training: samples of a data set, decoded ahead of time in other threads. */
import { dirname } from "node:path";
import { checkNumber } from "../check-number.js";
import { DataError } from "../errors.js";
import { Random } from "../random.js";
import type { Batch, DatasetKind, Direction, ImageSource, SampleImage, SampleOptions } from "./dataset.js";
import { unpaired } from "./datasets/unpaired.js";
import type { Channels, ImageBatch } from "./image.js";
import type { ImageFiles } from "./image-folder.js";
import { createPatience } from "./patience.js";
import { createPreparePool } from "./prepare-pool.js";
import type { Prepare } from "./prepare.js";
import { stackImages } from "./stack.js";
import type { TransformOptions } from "./transform.js";

export interface LoaderOptions extends Partial<TransformOptions>, Partial<SampleOptions> {
  /** Default `unpaired`. */
  readonly dataset?: DatasetKind;
  /** The image files of the data set, as `findImages` returns them. */
  readonly files: ImageFiles;
  /** Default `AtoB`. */
  readonly direction?: Direction;
  /** Channels of each side's images; default 3. */
  readonly channels?: Readonly<Record<string, Channels>>;
  /** Use only the first of each folder's images, at most this many; 0 (default): all. */
  readonly maxDatasetSize?: number;
  /** Images of each side in a batch. Default 1. */
  readonly batchSize?: number;
  /** Return the first batch again and again. Default false. */
  readonly overfitBatch?: boolean;
  /** Decoding threads; 0 decodes in this one. Default 2. */
  readonly workers?: number;
  /** Batches prepared ahead. Default 4. */
  readonly prefetch?: number;
  /** The most pixels that an image may have; default 2²⁶. */
  readonly maxPixels?: number;
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

export interface LoadedBatch {
  readonly images: Batch;
  /** Files of the images, by side. */
  readonly paths: Readonly<Record<string, readonly string[]>>;
  /** Counted from 1. */
  readonly epoch: number;
  /** Index of the batch in its epoch, from 0. */
  readonly index: number;
  /** Seconds that `next` waited for files. */
  readonly waitSeconds: number;
}

export interface Loader {
  /** Samples of an epoch. */
  readonly imagesPerEpoch: number;
  /** The last batch of an epoch may be smaller. */
  readonly batchesPerEpoch: number;
  /**
   * The next batch, epoch after epoch without end. Throws a DataError if the images cannot be used, an UnreachableError if they stay
   * away.
   */
  next(): Promise<LoadedBatch>;
  /** Ends the threads. Batches that were not returned are lost. */
  close(): Promise<void>;
}

interface Loaded {
  readonly path: string;
  readonly batch: ImageBatch;
}

/** The images of one side of a batch. */
interface Side {
  readonly name: string;
  readonly paths: readonly string[];
  readonly read: (image: SampleImage) => Promise<Loaded>;
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

type FullOptions = LoaderOptions & Required<Pick<LoaderOptions, keyof typeof defaults | "random">>;

function checkOptions({ batchSize, maxDatasetSize, loadSize, cropSize, workers = 0, prefetch = 0 }: FullOptions): void {
  const atLeast = (min: number, settings: Readonly<Record<string, number>>): void => {
    for (const [name, value] of Object.entries(settings)) checkNumber("createLoader", name, value, { min, whole: true });
  };
  atLeast(1, { batchSize, loadSize, cropSize });
  atLeast(0, { maxDatasetSize, workers, prefetch });
}

/**
 * Batches of a data set, decoded ahead of time in other threads: each image is resized, cropped and mirrored as the reference does, and
 * scaled to [−1, 1]. The same seed gives the same batches. The caller must `close` the loader.
 *
 * Shape: `[batchSize, h, w, channels]` for each side, where h and w are `cropSize` unless `preprocess` does not crop. The defaults are
 * those of a CycleGAN's training: 286 pixels, crops of 256. Throws a UsageError for numbers that make no sense. An image that cannot be
 * used is left out with a warning.
 */
export function createLoader(given: LoaderOptions): Loader {
  const options: FullOptions = { ...defaults, random: new Random(0), ...given };
  checkOptions(options);
  const { dataset, batchSize, workers = 2, prefetch = 4, cacheBytes = 512 * 2 ** 20 } = options;
  const { preprocess, loadSize, cropSize, maxPixels } = options;
  const pool = createPreparePool({ preprocess, loadSize, cropSize, cacheBytes, maxPixels }, workers);
  const { patience: seconds = 120, onWarning: onMessage, signal } = options;
  const patience = createPatience({ seconds, onMessage, signal, advice: "Look at the disk, then resume." });
  const sides = sidesOf(options, (request) => patience(() => pool.prepare(request)));
  const sizes = Object.fromEntries(sides.map(({ name, paths }) => [name, paths.length]));
  const plan = plannedBatches(sizes, options);
  const imagesPerEpoch = dataset.samplesPerEpoch(sizes);

  const ahead: Promise<Omit<LoadedBatch, "waitSeconds">>[] = [];
  function startNext(): void {
    const batch = load(plan.next().value, sides);
    // The caller of `next` gets the error. Until then an unhandled rejection must not end the process.
    batch.catch(() => undefined);
    ahead.push(batch);
  }
  return {
    imagesPerEpoch,
    batchesPerEpoch: Math.ceil(imagesPerEpoch / batchSize),
    async next() {
      const asked = performance.now();
      while (ahead.length <= prefetch) startNext();
      const batch = await ahead.shift();
      if (!batch) throw new RangeError("a batch was just started");
      return { ...batch, waitSeconds: (performance.now() - asked) / 1000 };
    },
    close: () => pool.close(),
  };
}

function sidesOf(options: FullOptions, prepare: Prepare): Side[] {
  const { dataset, files, direction, channels, maxDatasetSize, strict = false, onWarning } = options;
  const unreadable = new Set<string>();
  const skip = (path: string, reason: string): void => {
    if (strict) throw new DataError(reason);
    if (!unreadable.has(path)) onWarning?.(`Skipped ${reason}`);
    unreadable.add(path);
  };
  return dataset.sides.map((name) => {
    const source = dataset.source(name, direction);
    const paths = (files[source.folder] ?? []).slice(0, maxDatasetSize || undefined);
    return { name, paths, read: sourceReader(prepare, source, paths, channels[name] ?? 3, { unreadable, skip }) };
  });
}

interface Unreadable {
  readonly unreadable: ReadonlySet<string>;
  readonly skip: (path: string, reason: string) => void;
}

/** Reads image `index`, or the first readable one after it. The result is always the same. */
function sourceReader(
  prepare: Prepare,
  { half }: ImageSource,
  paths: readonly string[],
  channels: Channels,
  { unreadable, skip }: Unreadable,
): Side["read"] {
  return async ({ index, choices }) => {
    let reason = "";
    for (let step = 0; step < paths.length; step++) {
      const path = paths[(index + step) % paths.length] ?? "";
      if (unreadable.has(path)) continue;
      const prepared = await prepare({ path, channels, choices, ...(half && { half }) });
      if ("batch" in prepared) return { path, batch: prepared.batch };
      reason ||= prepared.unreadable;
      skip(path, prepared.unreadable);
    }
    throw new DataError(
      `${dirname(paths[0] ?? "")}: expected at least one image that can be used, got ${paths.length} that cannot. ${reason}`,
    );
  };
}

interface PlannedBatch {
  readonly epoch: number;
  readonly index: number;
  readonly samples: readonly Readonly<Record<string, SampleImage>>[];
}

function* plannedBatches(sizes: Readonly<Record<string, number>>, options: FullOptions): Generator<PlannedBatch, never> {
  const { dataset, batchSize, overfitBatch = false, start = { epoch: 1, index: 0 } } = options;
  let firstIndex = start.index;
  for (let epoch = start.epoch; ; epoch++) {
    const samples = dataset.epoch(overfitBatch ? 1 : epoch, sizes, options);
    for (let index = firstIndex; index * batchSize < samples.length; index++) {
      const place = overfitBatch ? 0 : index;
      yield { epoch, index, samples: samples.slice(place * batchSize, (place + 1) * batchSize) };
    }
    firstIndex = 0;
  }
}

async function load({ epoch, index, samples }: PlannedBatch, sides: readonly Side[]): Promise<Omit<LoadedBatch, "waitSeconds">> {
  const imagesOf = (name: string): SampleImage[] => samples.flatMap((sample) => sample[name] ?? []);
  const loaded = await Promise.all(sides.map(({ name, read }) => loadSide(imagesOf(name), read)));
  const bySide = <T>(pick: (side: LoadedSide) => T): Record<string, T> =>
    Object.fromEntries(loaded.map((side, place) => [sides[place]?.name ?? "", pick(side)]));
  return { images: bySide(({ batch }) => batch), paths: bySide(({ paths }) => paths), epoch, index };
}

interface LoadedSide {
  readonly batch: ImageBatch;
  readonly paths: readonly string[];
}

async function loadSide(images: readonly SampleImage[], read: Side["read"]): Promise<LoadedSide> {
  const loaded = await Promise.all(images.map(read));
  const paths = loaded.map(({ path }) => path);
  return { batch: stackImages(loaded.map(({ batch }) => batch), paths), paths };
}

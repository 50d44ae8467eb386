/** Batches for training: samples of a data set, decoded ahead of time in other threads. */
import { dirname } from "node:path";
import { DataError } from "../errors.js";
import type { Batch, SampleImage } from "./dataset.js";
import type { ImageBatch } from "./image.js";
import { fullOptions, type FullOptions, type LoaderOptions } from "./loader-options.js";
import { createPatience } from "./patience.js";
import { createPreparePool } from "./prepare-pool.js";
import type { Prepare, Prepared } from "./prepare.js";
import { stackImages } from "./stack.js";
import type { RandomChoices } from "./transform.js";

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
  /** The last batch of an epoch may be smaller, unless it is dropped. */
  readonly batchesPerEpoch: number;
  /**
   * The next batch, epoch after epoch without end. Throws a DataError if the images cannot be used, an UnreachableError if
   * they stay away.
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
  /** Reads the image that is `step` places after that of the sample. */
  readonly read: (image: SampleImage, step: number) => Promise<Loaded | Unusable>;
}

/** An image that cannot be used, with the reason the first time. */
interface Unusable {
  readonly reason: string;
}

/**
 * Batches of a data set, decoded ahead of time in other threads: each image is resized, cropped and mirrored as the
 * reference does, and scaled to [−1, 1]. The same seed gives the same batches. The caller must `close` the loader.
 *
 * Shape: `[batchSize, h, w, channels]` for each side, where h and w are `cropSize` unless `preprocess` does not crop. The
 * defaults are those of a CycleGAN's training: 286 pixels, crops of 256. With a `share`, the batch is smaller. Throws a UsageError for settings that make no
 * sense, a DataError for a side without files. An image that cannot be used is left out with a warning.
 */
export function createLoader(given: LoaderOptions): Loader {
  const options = fullOptions(given);
  const { dataset, batchSize, dropLast = false, workers = 2, prefetch = 4, cacheBytes = 512 * 2 ** 20 } = options;
  const { preprocess, loadSize, cropSize, maxPixels, valueRange, ignoreIcc } = options;
  const pool = createPreparePool({ preprocess, loadSize, cropSize, cacheBytes, maxPixels, valueRange, ignoreIcc }, workers);
  const { patience: seconds = 120, onWarning: onMessage, signal } = options;
  const patience = createPatience({ seconds, onMessage, signal, advice: "Look at the disk, then resume." });
  const sides = sidesOf(options, (request) => patience(() => pool.prepare(request)));
  const sizes = Object.fromEntries(sides.map(({ name, paths }) => [name, paths.length]));
  const plan = plannedBatches(sizes, options);
  const imagesPerEpoch = dataset.samplesPerEpoch(sizes);
  const batches = imagesPerEpoch / batchSize;
  if (dropLast && batches < 1) {
    throw new DataError(`Expected at least the ${batchSize} images of a batch, got ${imagesPerEpoch}. Use a smaller --batch-size, or more images.`);
  }

  const ahead: Promise<Omit<LoadedBatch, "waitSeconds">>[] = [];
  function startNext(): void {
    const batch = load(plan.next().value, sides, dataset.pairs ?? false);
    // The caller of `next` gets the error. Until then an unhandled rejection must not end the process.
    batch.catch(() => undefined);
    ahead.push(batch);
  }
  return {
    imagesPerEpoch,
    batchesPerEpoch: dropLast ? Math.floor(batches) : Math.ceil(batches),
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
  const { dataset, files, masks, direction, channels, classes, maxDatasetSize, strict = false, onWarning } = options;
  const unreadable = new Set<string>();
  const skip = (path: string, reason: string): void => {
    if (strict) throw new DataError(reason);
    if (!unreadable.has(path)) onWarning?.(`Skipped ${reason}`);
    unreadable.add(path);
  };
  return dataset.sides.map((name) => {
    const source = dataset.source(name, direction);
    const paths = (files[source.folder] ?? []).slice(0, maxDatasetSize || undefined);
    const kind = { channels: channels[name] ?? 3, ...(source.half && { half: source.half }), ...(name === dataset.labels && classes && { classes }) };
    const maskOf = (path: string): string | undefined => (dataset.masks?.includes(name) ? masks?.get(path) : undefined);
    return { name, paths, read: sourceReader((path, choices) => prepare({ path, choices, ...kind, mask: maskOf(path) }), paths, { unreadable, skip }) };
  });
}

interface Unreadable {
  readonly unreadable: ReadonlySet<string>;
  readonly skip: (path: string, reason: string) => void;
}

function sourceReader(
  prepare: (path: string, choices: RandomChoices) => Promise<Prepared>,
  paths: readonly string[],
  { unreadable, skip }: Unreadable,
): Side["read"] {
  return async ({ index, choices }, step) => {
    const path = paths[(index + step) % paths.length] ?? "";
    if (unreadable.has(path)) return { reason: "" };
    const prepared = await prepare(path, choices);
    if ("batch" in prepared) return { path, batch: prepared.batch };
    skip(path, prepared.unreadable);
    return { reason: prepared.unreadable };
  };
}

type Sample = Readonly<Record<string, SampleImage>>;

/** A sample's images of these sides, or the first later ones that can be read on all of them. The result is always the same. */
async function readTogether(sides: readonly Side[], sample: Sample): Promise<Loaded[]> {
  const paths = sides[0]?.paths ?? [];
  let reason = "";
  for (let step = 0; step < paths.length; step++) {
    const found = await Promise.all(sides.flatMap(({ name, read }) => (sample[name] ? [read(sample[name], step)] : [])));
    const loaded = found.flatMap((one) => ("batch" in one ? [one] : []));
    if (loaded.length === sides.length) return loaded;
    reason ||= found.flatMap((one) => ("reason" in one ? [one.reason] : [])).join("");
  }
  throw new DataError(
    `${dirname(paths[0] ?? "")}: expected at least one image that can be used, got ${paths.length} that cannot. ${reason}`,
  );
}

/** The images of a sample, one for each side. Those of a pair are left out together, and have one size. */
async function readSample(sides: readonly Side[], sample: Sample, pairs: boolean): Promise<Loaded[]> {
  if (!pairs) return (await Promise.all(sides.map((side) => readTogether([side], sample)))).flat();
  const images = await readTogether(sides, sample);
  checkPair(images);
  return images;
}

function checkPair([first, ...others]: readonly Loaded[]): void {
  const size = ({ batch: { shape: [, height, width] } }: Loaded): string => `${width}×${height}`;
  const odd = others.find((other) => first && size(other) !== size(first));
  if (!first || !odd) return;
  throw new DataError(
    `${first.path} and ${odd.path}: expected a pair of one size, got ${size(first)} and ${size(odd)}. ` +
      "Use --preprocess resize_and_crop, or resize one.",
  );
}

interface PlannedBatch {
  readonly epoch: number;
  readonly index: number;
  readonly samples: readonly Sample[];
}

function* plannedBatches(sizes: Readonly<Record<string, number>>, options: FullOptions): Generator<PlannedBatch, never> {
  const { dataset, batchSize, dropLast = false, overfitBatch = false, start = { epoch: 1, index: 0 } } = options;
  const { rank, worldSize } = options.share ?? { rank: 0, worldSize: 1 };
  const share = batchSize / worldSize;
  let firstIndex = start.index;
  for (let epoch = start.epoch; ; epoch++) {
    const samples = dataset.epoch(overfitBatch ? 1 : epoch, sizes, options);
    const end = samples.length - (dropLast ? samples.length % batchSize : 0);
    for (let index = firstIndex; index * batchSize < end; index++) {
      const first = (overfitBatch ? 0 : index) * batchSize + rank * share;
      yield { epoch, index, samples: samples.slice(first, first + share) };
    }
    firstIndex = 0;
  }
}

async function load(
  { epoch, index, samples }: PlannedBatch,
  sides: readonly Side[],
  pairs: boolean,
): Promise<Omit<LoadedBatch, "waitSeconds">> {
  const images = await Promise.all(samples.map((sample) => readSample(sides, sample, pairs)));
  const loaded = sides.map((_, place) => stacked(images.flatMap((ofSample) => ofSample[place] ?? [])));
  const bySide = <T>(pick: (side: LoadedSide) => T): Record<string, T> =>
    Object.fromEntries(loaded.map((side, place) => [sides[place]?.name ?? "", pick(side)]));
  return { images: bySide(({ batch }) => batch), paths: bySide(({ paths }) => paths), epoch, index };
}

interface LoadedSide {
  readonly batch: ImageBatch;
  readonly paths: readonly string[];
}

function stacked(loaded: readonly Loaded[]): LoadedSide {
  const paths = loaded.map(({ path }) => path);
  return { batch: stackImages(loaded.map(({ batch }) => batch), paths), paths };
}

import { dirname } from "node:path";
import { DataError } from "../errors.js";
import type { Channels, ImageBatch } from "./image.js";
import type { Prepare } from "./prepare.js";
import { createPreparePool } from "./prepare-pool.js";
import { stackImages } from "./stack.js";
import type { RandomChoices, TransformOptions } from "./transform.js";
import type { UnalignedOptions, UnalignedSample } from "./datasets/unpaired.js";
import { epochLength, epochSamples } from "./datasets/unpaired.js";

export interface LoaderOptions extends TransformOptions, UnalignedOptions {
  /** Image files of the two domains, as findDomains gives them. */
  readonly pathsA: readonly string[];
  readonly pathsB: readonly string[];
  /** BtoA swaps the domains: batches' `a` comes from `pathsB`. */
  readonly direction: "AtoB" | "BtoA";
  /** Use the first so many images of each domain; 0: all. */
  readonly maxDatasetSize: number;
  readonly batchSize: number;
  /** Channels of the batches `a` and `b`. */
  readonly channelsA: Channels;
  readonly channelsB: Channels;
  /** Decoding threads; 0 decodes in this one. Default 2. */
  readonly workers?: number;
  /** Batches prepared ahead. Default 4. */
  readonly prefetch?: number;
  /** Memory for decoded and resized images, in bytes. Default 512 MiB. */
  readonly cacheBytes?: number;
  /** The first batch: `epoch` from 1, `index` within the epoch from 0. Default the very first. */
  readonly start?: { readonly epoch: number; readonly index: number };
  /** Called once for each unreadable image, whose place the next readable one takes. */
  readonly onWarning?: (message: string) => void;
}

export interface LoadedBatch {
  readonly a: ImageBatch;
  readonly b: ImageBatch;
  readonly pathsA: readonly string[];
  readonly pathsB: readonly string[];
  /** From 1. */
  readonly epoch: number;
  /** Of the batch in its epoch, from 0. */
  readonly index: number;
  /** How long `next` had to wait for files, in seconds. */
  readonly waitSeconds: number;
}

export interface Loader {
  /** Images of the larger domain. */
  readonly imagesPerEpoch: number;
  /** The last batch of an epoch may be smaller. */
  readonly batchesPerEpoch: number;
  /** The next batch, epoch after epoch without end; throws a DataError when the images cannot be used. */
  next(): Promise<LoadedBatch>;
  /** Ends the threads; batches that nobody took are lost. */
  close(): Promise<void>;
}

interface Loaded {
  readonly path: string;
  readonly batch: ImageBatch;
}

type ReadDomain = (index: number, choices: RandomChoices) => Promise<Loaded>;

/** Reads image `index`, or the first readable one after it: the same one whenever it is asked for. */
function domainReader(
  prepare: Prepare,
  paths: readonly string[],
  channels: Channels,
  onWarning?: (message: string) => void,
): ReadDomain {
  const unreadable = new Set<string>();
  return async (index, choices) => {
    for (let step = 0; step < paths.length; step++) {
      const path = paths[(index + step) % paths.length] ?? "";
      if (unreadable.has(path)) continue;
      const prepared = await prepare({ path, channels, choices });
      if ("batch" in prepared) return { path, batch: prepared.batch };
      if (!unreadable.has(path)) onWarning?.(`Skipped ${prepared.unreadable}`);
      unreadable.add(path);
    }
    throw new DataError(
      `${dirname(paths[0] ?? "")}: expected at least one readable image, ` +
        `got ${paths.length} that cannot be read. Replace these files.`,
    );
  };
}

interface PlannedBatch {
  readonly epoch: number;
  readonly index: number;
  readonly samples: readonly UnalignedSample[];
}

function* plannedBatches(sizeA: number, sizeB: number, options: LoaderOptions): Generator<PlannedBatch, never> {
  const { batchSize, start = { epoch: 1, index: 0 } } = options;
  let firstIndex = start.index;
  for (let epoch = start.epoch; ; epoch++) {
    const samples = epochSamples(sizeA, sizeB, epoch, options);
    for (let index = firstIndex; index * batchSize < samples.length; index++) {
      yield { epoch, index, samples: samples.slice(index * batchSize, (index + 1) * batchSize) };
    }
    firstIndex = 0;
  }
}

function side(loaded: readonly Loaded[]): { readonly batch: ImageBatch; readonly paths: readonly string[] } {
  const paths = loaded.map(({ path }) => path);
  return { batch: stackImages(loaded.map(({ batch }) => batch), paths), paths };
}

/** Pairs of batches from two unpaired folders, decoded ahead of time in other threads; the caller must `close` it. */
export function createLoader(options: LoaderOptions): Loader {
  const limited = [options.pathsA, options.pathsB].map((paths) => paths.slice(0, options.maxDatasetSize || undefined));
  const [pathsA = [], pathsB = []] = options.direction === "AtoB" ? limited : limited.reverse();
  const { workers = 2, prefetch = 4, cacheBytes = 512 * 2 ** 20, preprocess, loadSize, cropSize } = options;
  const pool = createPreparePool({ preprocess, loadSize, cropSize, cacheBytes }, workers);
  const readA = domainReader(pool.prepare, pathsA, options.channelsA, options.onWarning);
  const readB = domainReader(pool.prepare, pathsB, options.channelsB, options.onWarning);
  const plan = plannedBatches(pathsA.length, pathsB.length, options);
  const imagesPerEpoch = epochLength(pathsA.length, pathsB.length);

  async function load({ epoch, index, samples }: PlannedBatch): Promise<Omit<LoadedBatch, "waitSeconds">> {
    const [a, b] = await Promise.all([
      Promise.all(samples.map((sample) => readA(sample.a, sample.choicesA))).then(side),
      Promise.all(samples.map((sample) => readB(sample.b, sample.choicesB))).then(side),
    ]);
    return { a: a.batch, b: b.batch, pathsA: a.paths, pathsB: b.paths, epoch, index };
  }

  const ahead: ReturnType<typeof load>[] = [];
  function startNext(): void {
    const batch = load(plan.next().value);
    // Whoever takes the batch sees its error; until then nobody listens, which is no crash.
    batch.catch(() => undefined);
    ahead.push(batch);
  }
  for (let count = 0; count < prefetch; count++) startNext();

  return {
    imagesPerEpoch,
    batchesPerEpoch: Math.ceil(imagesPerEpoch / options.batchSize),
    async next() {
      const asked = performance.now();
      startNext();
      const batch = await ahead.shift();
      if (!batch) throw new RangeError("a batch was just started");
      return { ...batch, waitSeconds: (performance.now() - asked) / 1000 };
    },
    close: () => pool.close(),
  };
}

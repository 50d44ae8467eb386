/** Makes images of noise with a trained generator. */
import { encodeImage } from "../data/encode.js";
import type { Image } from "../data/image.js";
import { batchToImages } from "../data/transform.js";
import { NonFiniteError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { buildDcganGenerator } from "../models/networks/dcgan.js";
import { drawNoise, imagesOfNoise, slerp } from "../models/parts/noise.js";
import { releaseModule, type Module } from "../nn/module.js";
import { openGpu } from "../open-gpu.js";
import { Random } from "../random.js";
import { createRate } from "../rate.js";
import { imageGrid } from "../report/image-grid.js";
import { loadWeights } from "../run/weights.js";
import { planSamples, type SamplingOptions, type SamplePlan } from "./plan.js";

export interface SampleProgress {
  readonly done: number;
  readonly total: number;
  /** The rate over the last half minute; undefined at first. */
  readonly imagesPerSecond: number | undefined;
}

export interface SampleHooks {
  /** Called after every batch of images. */
  readonly onProgress?: (progress: SampleProgress) => void;
  /** Ends after the current batch. Images that are already written stay; the grid and the strip are not written. */
  readonly signal?: AbortSignal;
}

export interface SampleResult {
  /** Paths of the images that were written. */
  readonly images: readonly string[];
  /** Path of one picture of the images, at most 1024 of them; undefined if the signal ended it early. */
  readonly grid: string | undefined;
  /** Path of a strip of images on the arc from the first noise to the second; undefined likewise. */
  readonly interpolation: string | undefined;
  readonly seconds: number;
  readonly interrupted: boolean;
}

/** Images made at once. */
const BATCH = 16;
/** Images in the strip, with both ends. */
const STRIP = 9;
/** Most images in the picture of all. */
const MOST_IN_GRID = 1024;
/** Images in the pictures are enlarged towards this side, in pixels. */
const SIDE = 64;

/**
 * Makes images of noise: `count` files, a picture of all of them, and a strip of images between the first two.
 *
 * The strip follows the arc between the two vectors of noise (see `slerp`). An image only depends on the weights, the seed and its
 * number. Throws a UsageError for options, a CheckpointError for the model or a file that cannot be written, a DataError for the
 * folder, a NonFiniteError for NaN or infinity, a DeviceError for the device.
 */
export async function sample(options: SamplingOptions, hooks: SampleHooks = {}): Promise<SampleResult> {
  const startedAt = performance.now();
  const plan = await planSamples(options);
  using gpu = await openGpu(options.adapter === undefined ? {} : { adapter: options.adapter });
  const generator = buildDcganGenerator(gpu, plan.sizes);
  try {
    await loadWeights(plan.weights, generator, plan.prefix);
    const result = await samplesOf(gpu, generator, plan, options.seed ?? 0, hooks);
    return { ...result, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    releaseModule(generator);
  }
}

async function samplesOf(gpu: Gpu, generator: Module, plan: SamplePlan, seed: number, { onProgress, signal }: SampleHooks): Promise<Omit<SampleResult, "seconds">> {
  const { nz } = plan.sizes;
  const make = (z: Float32Array): Promise<Image[]> => finiteImages(gpu, generator, z, plan);
  const [total, rate] = [plan.images.length, createRate()];
  // The strip needs two vectors, even for one image.
  const z = drawNoise(new Random(seed).stream("z"), Math.max(2, total), nz);
  const shown: Image[] = [];
  for (let done = 0; done < total; ) {
    if (signal?.aborted) return { images: plan.images.slice(0, done), grid: undefined, interpolation: undefined, interrupted: true };
    const paths = plan.images.slice(done, done + BATCH);
    const images = await make(z.subarray(done * nz, (done + paths.length) * nz));
    for (const [index, path] of paths.entries()) if (images[index]) await encodeImage(path, images[index]);
    shown.push(...images.slice(0, MOST_IN_GRID - shown.length));
    done += paths.length;
    rate.note(done, performance.now() / 1000);
    onProgress?.({ done, total, imagesPerSecond: rate.perSecond() });
  }
  const columns = Math.ceil(Math.sqrt(shown.length));
  const rows = Array.from({ length: Math.ceil(shown.length / columns) }, (_, row) => shown.slice(row * columns, (row + 1) * columns));
  await encodeImage(plan.grid, imageGrid(rows, SIDE));
  await encodeImage(plan.interpolation, imageGrid([await make(strip(z.subarray(0, nz), z.subarray(nz, 2 * nz)))], SIDE));
  return { images: plan.images, grid: plan.grid, interpolation: plan.interpolation, interrupted: false };
}

/** The vectors of the strip, one after the other. */
function strip(a: Float32Array, b: Float32Array): Float32Array {
  const z = new Float32Array(STRIP * a.length);
  for (let place = 0; place < STRIP; place++) z.set(slerp(a, b, place / (STRIP - 1)), place * a.length);
  return z;
}

async function finiteImages(gpu: Gpu, generator: Module, z: Float32Array, { sizes: { nz }, weights }: SamplePlan): Promise<Image[]> {
  const batch = await imagesOfNoise(gpu, generator, z, nz);
  if (batch.data.every((value) => Number.isFinite(value))) return batchToImages(batch);
  throw new NonFiniteError(`${weights}: expected finite images, got NaN or infinity. Use other weights.`);
}

import type { Image, ImageBatch } from "../../data/image.js";
import { stackImages } from "../../data/stack.js";
import { batchToImages, imageToBatch } from "../../data/transform.js";
import { noGrad } from "../../tensor/grad-mode.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Module } from "../../nn/module.js";
import { imageShape } from "../../shape.js";
import { Tensor } from "../../tensor/tensor.js";

/** The generators of one direction, and whether their norm keeps the images of a batch apart. */
export interface Way {
  readonly there: Module;
  /** Undefined: images stay there. */
  readonly back: Module | undefined;
  readonly batchable: boolean;
}

/** What became of a domain's images. */
export interface RoundTrip {
  /** Translations in the order of the images, on 8 bits as they would be written. */
  readonly fakes: readonly Image[];
  /** Mean |rec − real| over images of their way there and back, with images in [−1, 1]; 0 where they stay there. */
  readonly cycle: number;
  /** Whether all that the generators gave are numbers. */
  readonly finite: boolean;
}

/** Smaller images are translated together, up to this many pixels: as much memory as a training step on 32×32 takes. */
const PIXELS_AT_ONCE = 64 * 64;

/** Neighbours of one size in batches of as many as are small enough. */
function* batches(images: readonly Image[], batchable: boolean): Generator<Image[]> {
  let batch: Image[] = [];
  for (const image of images) {
    const [first] = batch;
    const alike = first?.width === image.width && first.height === image.height;
    const fits = batchable && (batch.length + 1) * image.width * image.height <= PIXELS_AT_ONCE;
    if (first && !(alike && fits)) {
      yield batch;
      batch = [];
    }
    batch.push(image);
  }
  if (batch.length > 0) yield batch;
}

/** Only the output outlives the pass, so that no more than one network's activations are held. */
export function translated(gpu: Gpu, network: Module, input: Tensor): Tensor {
  using scope = gpu.scope("evaluation pass");
  return scope.keep(noGrad(() => network.forward(input)));
}

/** There and back. No scope is open any more while the host waits for them. */
function passes(gpu: Gpu, { there, back }: Way, { shape, data }: ImageBatch): { fake: Tensor; rec: Tensor | undefined } {
  using scope = gpu.scope("evaluation");
  const fake = translated(gpu, there, Tensor.from(gpu, shape, data, "real"));
  const rec = back && translated(gpu, back, fake);
  return { fake: scope.keep(fake), rec: rec && scope.keep(rec) };
}

export async function readImages(tensor: Tensor): Promise<ImageBatch> {
  return { shape: imageShape("roundTrips", "output", tensor.shape), data: await tensor.data() };
}

/**
 * Takes images to the other domain and back. Their sides must be multiples of 4 pixels.
 *
 * `onImages` is called with how many are done since the last call.
 */
export async function roundTrips(
  gpu: Gpu,
  way: Way,
  images: readonly Image[],
  onImages?: (count: number) => void,
): Promise<RoundTrip> {
  const fakes: Image[] = [];
  let total = 0;
  let finite = true;
  for (const batch of batches(images, way.batchable)) {
    const real = stackImages(batch.map(imageToBatch), []);
    const { fake, rec } = passes(gpu, way, real);
    using _fake = fake;
    using _rec = rec;
    const [fakeBatch, recBatch] = await Promise.all([readImages(fake), rec && readImages(rec)]);
    fakes.push(...batchToImages(fakeBatch));
    finite &&= [fakeBatch, recBatch].every((made) => made?.data.every((value) => Number.isFinite(value)) ?? true);
    const difference = recBatch?.data.reduce((sum, value, index) => sum + Math.abs(value - (real.data[index] ?? 0)), 0) ?? 0;
    total += (difference * batch.length) / real.data.length;
    onImages?.(batch.length);
  }
  return { fakes, cycle: total / images.length, finite };
}

import type { Image, ImageBatch } from "../../data/image.js";
import { stackImages } from "../../data/stack.js";
import { batchToImages, imageToBatch } from "../../data/transform.js";
import { evaluating } from "../../nn/evaluating.js";
import { noGrad } from "../../tensor/grad-mode.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Module } from "../../nn/module.js";
import { imageShape } from "../../shape.js";
import { Tensor } from "../../tensor/tensor.js";

/** The generators of one direction, and whether their norm treats the images of a batch separately. */
export interface Way {
  readonly there: Module;
  /** Undefined: images are not translated back. */
  readonly back: Module | undefined;
  readonly batchable: boolean;
}

/** The result for the images of a domain. */
export interface RoundTrip {
  /** The translations in the order of the images, rounded to 8 bits as in a file. */
  readonly fakes: readonly Image[];
  /** Mean |rec − real| over the images, in [−1, 1]; 0 if they are not translated back. */
  readonly cycle: number;
  /** Whether all outputs of the generators are finite. */
  readonly finite: boolean;
}

/** Small images are translated together, up to this many pixels: about the memory of a training step on 32×32. */
const PIXELS_AT_ONCE = 64 * 64;

/** Batches of neighbouring images of one size, as large as the limit allows. */
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

/** Only the output outlives the pass, so that the activations of only one network are in memory. */
export function translated(gpu: Gpu, network: Module, input: Tensor): Tensor {
  using scope = gpu.scope("evaluation pass");
  return scope.keep(noGrad(() => evaluating(() => network.forward(input))));
}

/** The passes there and back. Their scope is closed before the host waits for them. */
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
 * Translates images to the other domain and back. Their sides must be multiples of 4 pixels.
 *
 * `onImages` is called with the number of images done since the last call.
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
    const real = stackImages(batch.map(imageToBatch));
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

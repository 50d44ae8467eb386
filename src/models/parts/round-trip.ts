import type { ImageBatch, MaskedImage } from "../../data/image.js";
import { stackImages } from "../../data/stack.js";
import { batchToImages, imageToBatch } from "../../data/transform.js";
import { evaluating } from "../../nn/evaluating.js";
import { noGrad } from "../../tensor/grad-mode.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Module } from "../../nn/module.js";
import { imageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { keepOutside, realImages, type Mask } from "./mask.js";

/** The generators of one direction, and whether their norm treats the images of a batch separately. */
export interface Way {
  readonly there: Module;
  /** Undefined: images are not translated back. */
  readonly back: Module | undefined;
  readonly batchable: boolean;
}

/** The result for the images of a domain. */
export interface RoundTrip {
  /** The translations in the order of the images, with their masks, rounded to 8 bits as in a file. */
  readonly fakes: readonly MaskedImage[];
  /** Mean |rec − real| over the images, in [−1, 1]; 0 if they are not translated back. With masks, the mean inside. */
  readonly cycle: number;
  /** Whether all outputs of the generators are finite. */
  readonly finite: boolean;
}

/** Small images are translated together, up to this many pixels: about the memory of a training step on 32×32. */
const PIXELS_AT_ONCE = 64 * 64;

/** Batches of neighbouring images of one size, as large as the limit allows. */
function* batches(images: readonly MaskedImage[], batchable: boolean): Generator<MaskedImage[]> {
  let batch: MaskedImage[] = [];
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

/**
 * The translation as in use. Pixels outside of the mask keep the value of the mask's images. Only the output outlives the pass, so that
 * the activations of only one network are in memory.
 */
export function translated(gpu: Gpu, network: Module, input: Tensor, mask?: Mask): Tensor {
  using scope = gpu.scope("evaluation pass");
  return scope.keep(noGrad(() => evaluating(() => keepOutside(network.forward(input), mask))));
}

/** The passes there and back. Their scope is closed before the host waits for them. */
function passes(gpu: Gpu, { there, back }: Way, batch: ImageBatch): { fake: Tensor; rec: Tensor | undefined } {
  using scope = gpu.scope("evaluation");
  const { images, mask } = realImages(gpu, batch, "real");
  const fake = translated(gpu, there, images, mask);
  const rec = back && translated(gpu, back, fake, mask);
  return { fake: scope.keep(fake), rec: rec && scope.keep(rec) };
}

export async function readImages(tensor: Tensor): Promise<ImageBatch> {
  return { shape: imageShape("roundTrips", "output", tensor.shape), data: await tensor.data() };
}

/** The number of elements of the pixels that count. */
function elementsInside({ shape: [, , , channels], data, mask }: ImageBatch): number {
  return mask ? channels * mask.reduce((sum, pixel) => sum + pixel, 0) : data.length;
}

/**
 * Translates images to the other domain and back. Their sides must be multiples of 4 pixels.
 *
 * `onImages` is called with the number of images done since the last call.
 */
export async function roundTrips(
  gpu: Gpu,
  way: Way,
  images: readonly MaskedImage[],
  onImages?: (count: number) => void,
): Promise<RoundTrip> {
  const fakes: MaskedImage[] = [];
  let total = 0;
  let finite = true;
  for (const batch of batches(images, way.batchable)) {
    const real = stackImages(batch.map(imageToBatch));
    const { fake, rec } = passes(gpu, way, real);
    using _fake = fake;
    using _rec = rec;
    const [fakeBatch, recBatch] = await Promise.all([readImages(fake), rec && readImages(rec)]);
    fakes.push(...batchToImages({ ...fakeBatch, ...(real.mask && { mask: real.mask }) }));
    finite &&= [fakeBatch, recBatch].every((made) => made?.data.every((value) => Number.isFinite(value)) ?? true);
    const difference = recBatch?.data.reduce((sum, value, index) => sum + Math.abs(value - (real.data[index] ?? 0)), 0) ?? 0;
    total += (difference * batch.length) / Math.max(1, elementsInside(real));
    onImages?.(batch.length);
  }
  return { fakes, cycle: total / images.length, finite };
}

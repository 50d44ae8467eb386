/** Masks in training: a model learns, and changes images, only inside of them. */
import type { ImageBatch } from "../../data/image.js";
import type { DType } from "../../dtype.js";
import { ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { add } from "../../ops/elementwise/add.js";
import { mul } from "../../ops/elementwise/mul.js";
import { sub } from "../../ops/elementwise/sub.js";
import { l1Loss } from "../../ops/losses/l1-loss.js";
import { formatShape, imageShape } from "../../shape.js";
import { Tensor } from "../../tensor/tensor.js";

/** The mask of a batch of images. */
export interface Mask {
  /** m: 1 inside, 0 outside, for every channel. Shape: that of the images. */
  readonly inside: Tensor;
  /** The images outside, 0 inside. */
  readonly kept: Tensor;
  /** The number of all elements divided by that of those inside; 0 if none is inside. */
  readonly scale: number;
}

/** Real images on the device, and their mask if not all pixels count. */
export interface Real {
  readonly images: Tensor;
  readonly mask: Mask | undefined;
}

/** Puts a batch of images and its mask on the device. Throws a ShapeError for a mask of another size. */
export function realImages(gpu: Gpu, { shape, data, mask: pixels }: ImageBatch, label: string, dtype: DType = "float32"): Real {
  const images = Tensor.from(gpu, shape, data, label, dtype);
  return { images, mask: pixels && maskOf(images, pixels) };
}

function maskOf(images: Tensor, pixels: Float32Array): Mask {
  const [n, h, w, c] = imageShape("mask", "images", images.shape);
  if (pixels.length !== n * h * w) {
    throw new ShapeError(`mask: expected ${n * h * w} values for images ${formatShape(images.shape)}, one for each pixel, got ${pixels.length}.`);
  }
  const elements = new Float32Array(images.size);
  for (const [place, pixel] of pixels.entries()) elements.fill(pixel, place * c, (place + 1) * c);
  const inside = Tensor.from(images.gpu, images.shape, elements, "mask", images.dtype);
  const count = pixels.reduce((sum, pixel) => sum + pixel, 0);
  return { inside, kept: sub(images, mul(images, inside)), scale: count === 0 ? 0 : pixels.length / count };
}

/** m · images: what a discriminator may see. Without a mask, the images themselves. */
export function hideOutside(images: Tensor, mask: Mask | undefined): Tensor {
  return mask ? mul(images, mask.inside) : images;
}

/** m · made + (1 − m) · originals, to the bit: pixels outside keep the value of the mask's images. Without a mask, `made` itself. */
export function keepOutside(made: Tensor, mask: Mask | undefined): Tensor {
  return mask ? add(mul(made, mask.inside), mask.kept) : made;
}

/**
 * weight · Σ m · |x − target| / Σ m: the mean over the elements inside of the mask, 0 if there are none. No gradient reaches the
 * elements outside. Without a mask, `l1Loss`.
 */
export function maskedL1Loss(x: Tensor, target: Tensor, weight: number, mask: Mask | undefined): Tensor {
  return mask ? l1Loss(mul(x, mask.inside), mul(target, mask.inside), weight * mask.scale) : l1Loss(x, target, weight);
}

import { checkNumber } from "../../check-number.js";
import type { DType } from "../../dtype.js";
import { ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { Random, type RandomState } from "../../random.js";
import { formatShape, sameShape, sizeOf, type Shape } from "../../shape.js";
import { copyImage } from "../../ops/lib/copy-image.js";
import { Tensor } from "../../tensor/tensor.js";

/** Everything that a pool needs to continue to the same bits, on the host. */
export interface ImagePoolState {
  /** The stored images, in the order of their places. Shape: [1, h, w, c]. */
  readonly images: readonly { readonly shape: Shape; readonly values: Float32Array }[];
  readonly random: RandomState;
}

/**
 * A history of generated images, so that the discriminators do not forget what the generators made earlier.
 *
 * Until it is full, an image is stored and returned. Afterwards, with probability ½, a random stored image is returned and
 * replaced by the new one; otherwise the new one is returned and not stored.
 * Source: arXiv 1612.07828, section 2.3; util/image_pool.py, image by image.
 */
export class ImagePool {
  readonly #capacity: number;
  readonly #dtype: DType;
  #random: Random;
  readonly #images: Tensor[] = [];

  /** `capacity`: the number of images stored. With 0, every image is returned unchanged. `dtype`: that of the images. Throws UsageError for another capacity. */
  constructor(capacity: number, random: Random, dtype: DType = "float32") {
    checkNumber("ImagePool", "capacity", capacity, { min: 0, whole: true });
    this.#capacity = capacity;
    this.#dtype = dtype;
    this.#random = random;
  }

  /**
   * Exchanges a batch of new images for a batch to show a discriminator, outside every graph.
   *
   * Shape: [n, h, w, c] → the same. If n is 1, h and w may change from call to call, and an older image has its own size. Throws
   * a ShapeError, and changes nothing, for several images whose shape differs from that of the stored ones.
   */
  query(images: Tensor): Tensor {
    if (this.#capacity === 0) return images.detach();
    if ((images.shape[0] ?? 1) > 1) return this.#trade(images);
    const place = this.#nextPlace();
    const old = place === undefined ? undefined : this.#images[place];
    if (old && sameShape(old.shape, images.shape)) return this.#exchange(images, old);
    if (place === undefined) return images.detach();
    const stored = Tensor.untracked(images.gpu, images.shape, "pooled image", images.dtype);
    copyImage(images, 0, stored, 0);
    this.#images[place] = stored;
    if (!old) return images.detach();
    images.gpu.scopes.track(old);
    return old;
  }

  /** A copy of the old image. The new one is written to the same memory, so that cached bind groups still fit. */
  #exchange(image: Tensor, old: Tensor): Tensor {
    const shown = Tensor.empty(image.gpu, image.shape, "pool", image.dtype);
    copyImage(old, 0, shown, 0);
    copyImage(image, 0, old, 0);
    return shown;
  }

  /** A batch of several images. */
  #trade(images: Tensor): Tensor {
    const [n = 1, ...imageShape] = images.shape;
    const shape = [1, ...imageShape];
    this.#assertAllAre(shape);
    const shown = Tensor.empty(images.gpu, images.shape, "pool", images.dtype);
    for (let index = 0; index < n; index++) {
      const place = this.#nextPlace();
      const old = place === undefined ? undefined : this.#images[place];
      copyImage(old ?? images, old ? 0 : index, shown, index);
      if (place === undefined) continue;
      copyImage(images, index, (this.#images[place] ??= Tensor.untracked(images.gpu, shape, "pooled image", images.dtype)), 0);
    }
    return shown;
  }

  /** The place to store the next image at; undefined: it is not stored. */
  #nextPlace(): number | undefined {
    const { length } = this.#images;
    if (length < this.#capacity) return length;
    return this.#random.uniform() > 0.5 ? this.#random.integer(length) : undefined;
  }

  #assertAllAre(shape: Shape): void {
    const odd = this.#images.find((image) => !sameShape(image.shape, shape));
    if (!odd) return;
    throw new ShapeError(
      `image pool: expected a batch of images ${formatShape(odd.shape)}, as those stored, got images ${formatShape(shape)}. ` +
        "Images of different sizes need --batch-size 1, --pool-size 0 or a --preprocess that crops.",
    );
  }

  /** Everything that `restore` needs to continue from here. Waits for the device. Make no `query` meanwhile. */
  async state(): Promise<ImagePoolState> {
    const images: { shape: Shape; values: Float32Array }[] = [];
    for (const image of this.#images) images.push({ shape: image.shape, values: await image.data() });
    return { images, random: this.#random.state };
  }

  /** Continues from a state. Throws ShapeError, and changes nothing, if it has too many images or one of several images. */
  restore(gpu: Gpu, { images, random }: ImagePoolState): void {
    if (images.length > this.#capacity) {
      throw new ShapeError(
        `image pool: expected at most ${this.#capacity} images, got ${images.length}. Restore into a pool of the same size.`,
      );
    }
    const odd = images.find(({ shape, values }) => shape.length !== 4 || shape[0] !== 1 || sizeOf(shape) !== values.length);
    if (odd) {
      throw new ShapeError(
        `image pool: expected images [1, h, w, c], got ${odd.values.length} values as ${formatShape(odd.shape)}.`,
      );
    }
    this.dispose();
    for (const { shape, values } of images) {
      const stored = Tensor.untracked(gpu, shape, "pooled image", this.#dtype);
      stored.write(values);
      this.#images.push(stored);
    }
    this.#random = new Random(random);
  }

  dispose(): void {
    for (const image of this.#images.splice(0)) image.release();
  }
}

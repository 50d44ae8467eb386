import type { Random } from "../../random.js";
import { copyImage } from "../../ops/copy-image.js";
import { Tensor } from "../../tensor.js";

/**
 * A history of generated images, so that the discriminators do not forget what the generators made earlier.
 *
 * Until it is full, an image is stored and handed back. Afterwards, with probability ½, a random stored image is handed
 * back and replaced by the new one; otherwise the new one is handed back and not stored.
 * Source: arXiv 1612.07828, section 2.3; util/image_pool.py, image by image.
 */
export class ImagePool {
  readonly #capacity: number;
  readonly #random: Random;
  readonly #images: Tensor[] = [];

  /** `capacity`: images remembered; 0 hands every image straight back. */
  constructor(capacity: number, random: Random) {
    this.#capacity = capacity;
    this.#random = random;
  }

  /**
   * Trades a batch of new images for a batch to show a discriminator, outside every graph.
   *
   * Shape: [n, h, w, c], the same out and the same in every call.
   */
  query(images: Tensor): Tensor {
    if (this.#capacity === 0) return images.detach();
    const shown = Tensor.empty(images.gpu, images.shape, "pool");
    const [n = 1, ...imageShape] = images.shape;
    for (let index = 0; index < n; index++) {
      if (this.#images.length < this.#capacity) {
        const stored = Tensor.untracked(images.gpu, [1, ...imageShape], "pooled image");
        this.#images.push(stored);
        copyImage(images, index, stored, 0);
        copyImage(images, index, shown, index);
        continue;
      }
      const old = this.#random.uniform() > 0.5 ? this.#images[this.#random.integer(this.#images.length)] : undefined;
      copyImage(old ?? images, old ? 0 : index, shown, index);
      if (old) copyImage(images, index, old, 0);
    }
    return shown;
  }

  dispose(): void {
    for (const image of this.#images.splice(0)) image.release();
  }
}

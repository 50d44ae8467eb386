import { UsageError } from "../../errors.js";
import { augmentColor } from "../../ops/image/augment-color.js";
import { augmentPlace } from "../../ops/image/augment-place.js";
import type { Random } from "../../random.js";
import { imageShape } from "../../shape.js";
import { Tensor } from "../../tensor/tensor.js";

export const augmentationNames = ["color", "translation", "cutout"] as const;
export type Augmentation = (typeof augmentationNames)[number];

/** The augmentations of a comma-separated list; none for "". Throws a UsageError for other words. */
export function parseAugmentations(list: string): Augmentation[] {
  const words = list === "" ? [] : list.split(",");
  return words.map((word) => {
    const known = augmentationNames.find((name) => name === word);
    if (known) return known;
    throw new UsageError(`diffaugment: expected a list of ${augmentationNames.join(", ")} with commas between, got "${list}".`);
  });
}

/**
 * Differentiable augmentation of all images that discriminators see, real and generated, so that they do not memorise a small
 * data set.
 *
 * color: brightness + U(−½, ½), saturation × U(0, 2), contrast × U(½, 1½). translation: along both axes by whole pixels, up to
 * an eighth of the side. cutout: a rectangle of half the sides, centred at a random pixel, is set to 0. Random numbers are drawn
 * for every image of every call, always for all three in this order. Source: arXiv 2006.10738, with the paper's strengths.
 */
export class DiffAugment {
  readonly #chosen: ReadonlySet<Augmentation>;
  /** The source of random numbers, whose state is part of the model's. */
  random: Random;

  constructor(chosen: Iterable<Augmentation>, random: Random) {
    this.#chosen = new Set(chosen);
    this.random = random;
  }

  /** Shape: [n, h, w, c] → the same. Gradients flow to x. */
  apply(x: Tensor): Tensor {
    const [n, height, width] = imageShape("diffAugment", "x", x.shape);
    let y = x;
    if (this.#chosen.has("color")) y = augmentColor(y, this.#draws(x, n, () => this.#color()));
    if (!this.#chosen.has("translation") && !this.#chosen.has("cutout")) return y;
    return augmentPlace(y, this.#draws(x, n, () => [...this.#shift(height, width), ...this.#cutout(height, width)]));
  }

  #draws({ gpu }: Tensor, images: number, draw: () => number[]): Tensor {
    const values = Array.from({ length: images }, draw);
    return Tensor.from(gpu, [images, values[0]?.length ?? 0], values.flat(), "augmentation");
  }

  #color(): number[] {
    const [brightness, saturation, contrast] = [this.random.uniform(), this.random.uniform(), this.random.uniform()];
    return [brightness - 0.5, 2 * saturation, contrast + 0.5];
  }

  #shift(height: number, width: number): number[] {
    if (!this.#chosen.has("translation")) return [0, 0];
    return [height, width].map((side) => {
      const most = Math.round(side / 8);
      return this.random.integer(2 * most + 1) - most;
    });
  }

  /** Top, left, height and width. The centre is one of the image's pixels, or on a line between two. */
  #cutout(height: number, width: number): number[] {
    if (!this.#chosen.has("cutout")) return [0, 0, 0, 0];
    const sizes = [height, width].map((side) => Math.round(side / 2));
    const corner = [height, width].map((side, axis) => {
      const size = sizes[axis] ?? 0;
      return this.random.integer(side + 1 - (size % 2)) - Math.floor(size / 2);
    });
    return [...corner, ...sizes];
  }
}

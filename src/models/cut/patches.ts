/** The random choices of CUT's steps: where features are compared, and which images are mirrored. */
import type { ImageBatch } from "../../data/image.js";
import type { Random } from "../../random.js";

export class PatchSampler {
  /** The source of random numbers, whose state is part of the model's. */
  random: Random;
  readonly #count: number;

  /** `count`: of places in an image, if it has as many. */
  constructor(count: number, random: Random) {
    this.#count = count;
    this.random = random;
  }

  /** Whether this step's images are mirrored. */
  mirrors(): boolean {
    return this.random.uniform() < 0.5;
  }

  /** Different places of a map of h × w, from 0 to h · w − 1, each equally likely. */
  places(height: number, width: number): number[] {
    const order = Uint32Array.from({ length: height * width }, (_, place) => place);
    const count = Math.min(this.#count, order.length);
    for (let first = 0; first < count; first++) {
      const other = first + this.random.integer(order.length - first);
      [order[first], order[other]] = [order[other] ?? 0, order[first] ?? 0];
    }
    return [...order.subarray(0, count)];
  }
}

/** The same places of a mirrored map. */
export function mirroredPlaces(places: readonly number[], width: number): number[] {
  return places.map((place) => place + width - 1 - 2 * (place % width));
}

/** The images with left and right exchanged. */
export function mirrored({ shape, data }: ImageBatch): ImageBatch {
  const [, , w, c] = shape;
  const row = w * c;
  const result = new Float32Array(data.length);
  for (let at = 0; at < data.length; at++) {
    const inRow = at % row;
    result[at - inRow + row - c - inRow + 2 * (inRow % c)] = data[at] ?? 0;
  }
  return { shape, data: result };
}

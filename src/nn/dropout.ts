/** Dropout as a layer, and the masks of a network's. */
import { MisuseError } from "../errors.js";
import { dropout, type DropoutDraw } from "../ops/elementwise/dropout.js";
import type { Random } from "../random.js";
import { isRecomputing } from "../tensor/grad-mode.js";
import type { Tensor } from "../tensor/tensor.js";
import { isEvaluating } from "./evaluating.js";

/** Gives each call of a network's dropout layers another mask. They follow from the seed and the number of masks so far. */
export class DropoutMasks {
  readonly #seed: number;
  /** The number of masks drawn: what a training needs to continue to the same bits. */
  updates = 0;
  /** The micro-batch that masks are drawn for: each has masks of its own. */
  microBatch = { index: 0, count: 1 };

  constructor(random: Random) {
    this.#seed = random.integer(2 ** 32);
  }

  next(): DropoutDraw {
    const { index, count } = this.microBatch;
    return { seed: this.#seed, offset: this.updates++ * count + index };
  }
}

/**
 * In training, `dropout` with the next mask; the input itself in `evaluating`.
 *
 * `name`: of the layer, for messages. Throws MisuseError in training without masks, and in an activation checkpoint, whose second
 * run would have other masks.
 */
export function dropoutLayer(name: string, p: number, masks: DropoutMasks | undefined): (x: Tensor) => Tensor {
  return (x) => {
    if (isEvaluating()) return x;
    if (!masks) {
      throw new MisuseError(`${name}: expected masks for dropout in training, got none. Build the network with dropoutMasks.`);
    }
    if (isRecomputing()) {
      throw new MisuseError(`${name}: expected no activation checkpoint around dropout, got one. Build the network without them.`);
    }
    return dropout(x, p, masks.next());
  };
}

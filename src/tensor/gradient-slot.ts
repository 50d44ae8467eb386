/** The place in memory where an optimizer expects a parameter's gradient. */
import type { Gpu } from "../gpu/gpu.js";
import type { Storage } from "../gpu/pool.js";
import type { Shape } from "../shape.js";
import { Tensor } from "./tensor.js";

/**
 * A parameter's place among the gradients of its optimizer, which updates all parameters from there in one dispatch.
 *
 * An op writes a leaf's first gradient directly into the slot (`claim`), and later gradients are added to it there. A gradient
 * is elsewhere if the slot was in use, if the op passed on an existing gradient, or if the user set `grad`. The optimizer
 * copies such a gradient into the slot (`gather`).
 */
export class GradientSlot {
  readonly #gpu: Gpu;
  readonly #storage: Storage;

  constructor(gpu: Gpu, storage: Storage) {
    this.#gpu = gpu;
    this.#storage = storage;
  }

  /** A tensor in the slot, to be written; undefined while an earlier gradient there is still referenced. */
  claim(shape: Shape, label: string): Tensor | undefined {
    if (this.#storage.references > 0) return undefined;
    this.#gpu.pool.retain(this.#storage);
    return new Tensor(this.#gpu, shape, this.#storage, label);
  }

  /**
   * Copies `gradient` into the slot, unless it is there already. If an earlier gradient in the slot is still referenced, the
   * returned function restores it afterwards.
   */
  gather({ storage, size }: Tensor): (() => void) | undefined {
    const [{ queue, pool }, slot, bytes] = [this.#gpu, this.#storage, 4 * size];
    if (storage === slot) return undefined;
    if (slot.references === 0) {
      queue.copy(storage, slot, bytes);
      return undefined;
    }
    const { writes } = slot;
    const held = pool.acquire(bytes);
    queue.copy(slot, held, bytes);
    queue.copy(storage, slot, bytes);
    return () => {
      queue.copy(held, slot, bytes);
      pool.release(held);
      // Other handles on it see the same values as before.
      slot.writes = writes;
    };
  }
}

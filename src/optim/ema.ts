/** Moving averages of the parameters of an optimizer. */
import { checkNumber } from "../check-number.js";
import { ShapeError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import type { Tensor } from "../tensor/tensor.js";
import { layOut, lengthOf, pack, type Packed } from "./arena.js";

/**
 * Exponential moving averages of all parameters of an optimizer, in one dispatch for each of its arenas.
 *
 * average ← average + (1 − d) · (parameter − average) with d = min(decay, t / (9 + t)), where t counts the updates before this
 * one. So the first update copies, and early values soon lose their weight. Source: arXiv 1806.04498 for averages of a
 * generator; TensorFlow's ExponentialMovingAverage for d in the first updates.
 */
export class Ema {
  readonly #gpu: Gpu;
  readonly #decay: number;
  readonly #sources: readonly Tensor[];
  readonly #arenas: readonly Packed[];
  /** Updates so far: t. */
  updates = 0;

  /**
   * `averages`: as many tensors as the optimizer has parameters, of the same sizes in the same order. Their memory moves into
   * arenas. Throws UsageError for a decay outside [0, 1), ShapeError for other sizes, and MisuseError for a tensor that already belongs to an optimizer or average.
   */
  constructor(gpu: Gpu, optimizer: { readonly values: readonly Tensor[] }, averages: readonly Tensor[], decay: number) {
    checkNumber("Ema", "decay", decay, { min: 0, below: 1 });
    this.#gpu = gpu;
    this.#decay = decay;
    this.#sources = optimizer.values;
    const groups = layOut(gpu, averages);
    const [wanted, got] = [this.#sources.map(({ size }) => size).join(", "), groups.map(lengthOf).join(", ")];
    if (wanted !== got) throw new ShapeError(`Ema: expected averages for arenas of [${wanted}] elements, got [${got}].`);
    this.#arenas = groups.map((places) => pack(gpu, places));
  }

  /** Updates the averages with the present values of the parameters. */
  update(): void {
    const t = this.updates++;
    const weight = 1 - Math.min(this.#decay, t / (9 + t));
    for (const [index, { places, values: averages }] of this.#arenas.entries()) {
      const parameters = this.#sources[index];
      if (!parameters) continue;
      // The kernel writes to the arena, which does not count as a write to its slices.
      for (const { tensor } of places) tensor.storage.writes++;
      const size = averages.size / 4;
      if (t === 0) this.#gpu.queue.copy(parameters.storage, averages.storage, averages.size * 4);
      else this.#gpu.run("optim/ema", { parameters, averages, size, weight }, { threads: size });
    }
  }

  /** Releases the averages. */
  dispose(): void {
    for (const { places, values } of this.#arenas) {
      for (const { tensor } of places) tensor.release();
      values.release();
    }
  }
}

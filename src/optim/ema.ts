import { ShapeError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Adam } from "./adam.js";
import { pack, type Packed } from "./arena.js";

/**
 * Exponential moving averages of all that an optimizer trains, in one dispatch an arena.
 *
 * average ← average + (1 − d) · (parameter − average), d = min(decay, t / (9 + t)) with t the updates before this one, so
 * that the first copies and early values are soon forgotten. Source: arXiv 1806.04498 for averages of a generator; the start
 * is that of TensorFlow's ExponentialMovingAverage.
 */
export class Ema {
  readonly #gpu: Gpu;
  readonly #decay: number;
  readonly #sources: readonly Tensor[];
  readonly #arenas: readonly Packed[];
  /** Updates made: t. */
  updates = 0;

  /**
   * `averages`: as many tensors as the optimizer has parameters, of the same sizes in the same order, whose memory moves
   * into arenas. Throws ShapeError for other sizes.
   */
  constructor(gpu: Gpu, optimizer: Adam, averages: readonly Tensor[], decay: number) {
    this.#gpu = gpu;
    this.#decay = decay;
    this.#sources = optimizer.values;
    this.#arenas = pack(gpu, averages);
    const sizes = (tensors: readonly Tensor[]): string => tensors.map(({ size }) => size).join(", ");
    const [wanted, got] = [sizes(this.#sources), sizes(this.#arenas.map(({ values }) => values))];
    if (wanted !== got) throw new ShapeError(`Ema: expected averages for arenas of [${wanted}] elements, got [${got}].`);
  }

  /** Takes the parameters as they are now into the average. */
  update(): void {
    const t = this.updates++;
    const weight = 1 - Math.min(this.#decay, t / (9 + t));
    for (const [index, { values: averages }] of this.#arenas.entries()) {
      const parameters = this.#sources[index];
      if (!parameters) continue;
      const size = averages.size / 4;
      if (t === 0) this.#gpu.queue.copy(parameters.storage, averages.storage, averages.size * 4);
      else this.#gpu.run("optim/ema", { parameters, averages, size, weight }, { threads: size });
    }
  }

  /** Gives back the averages. */
  dispose(): void {
    for (const { places, values } of this.#arenas) {
      for (const { tensor } of places) tensor.release();
      values.release();
    }
  }
}

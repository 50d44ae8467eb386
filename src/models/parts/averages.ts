/** Networks whose weights are the moving averages of those that are trained: see `Ema`. */
import type { Gpu } from "../../gpu/gpu.js";
import { parameterTensors, releaseModule, trainedTensors, type Module } from "../../nn/module.js";
import type { Adam } from "../../optim/adam.js";
import { Ema } from "../../optim/ema.js";

/** The networks: each trained one with its average, in the order of the optimizer's parameters. */
export class Averages {
  readonly #trained: readonly Module[];
  readonly #averages: readonly Module[];
  readonly #ema: Ema;

  /** `optimizer` trains exactly the parameters of `trained`, in that order; `averages` are built alike. */
  constructor(gpu: Gpu, optimizer: Adam, trained: readonly Module[], averages: readonly Module[], decay: number) {
    this.#trained = trained;
    this.#averages = averages;
    this.#ema = new Ema(gpu, optimizer, averages.flatMap(trainedTensors), decay);
    this.follow();
  }

  /** Updates made. Setting it continues from there; the weights are the networks' own. */
  get updates(): number {
    return this.#ema.updates;
  }

  set updates(count: number) {
    this.#ema.updates = count;
  }

  /** Takes the trained weights into the averages; the first time as they are, biases without effect included. */
  update(): void {
    this.follow();
    this.#ema.update();
  }

  /** Until the first update the averages are the trained weights. */
  follow(): void {
    if (this.#ema.updates > 0) return;
    const targets = this.#averages.flatMap(parameterTensors);
    for (const [index, { gpu, storage, size }] of this.#trained.flatMap(parameterTensors).entries()) {
      const target = targets[index];
      if (target) gpu.queue.copy(storage, target.storage, size * 4);
    }
  }

  dispose(): void {
    this.#ema.dispose();
    for (const network of this.#averages) releaseModule(network);
  }
}

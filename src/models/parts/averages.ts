/** Networks whose weights are moving averages of the trained ones; see `Ema`. */
import type { Gpu } from "../../gpu/gpu.js";
import { parameterTensors, releaseModule, trainedTensors, type Module } from "../../nn/module.js";
import type { Adam } from "../../optim/adam.js";
import { Ema } from "../../optim/ema.js";

/** The networks: each trained one with its average, in the order of the optimizer's parameters. */
export class Averages {
  readonly #trained: readonly Module[];
  readonly #averages: readonly Module[];
  readonly #ema: Ema;

  /** `optimizer` trains exactly the parameters of `trained`, in that order. `averages` have the same architecture. */
  constructor(gpu: Gpu, optimizer: Adam, trained: readonly Module[], averages: readonly Module[], decay: number) {
    this.#trained = trained;
    this.#averages = averages;
    this.#ema = new Ema(gpu, optimizer, averages.flatMap(trainedTensors), decay);
    this.follow();
  }

  /** The number of updates. Set it to continue from a state; the weights are set in the networks. */
  get updates(): number {
    return this.#ema.updates;
  }

  set updates(count: number) {
    this.#ema.updates = count;
  }

  /** Updates the averages with the trained weights. The first update copies them, including biases without effect. */
  update(): void {
    this.follow();
    this.#ema.update();
  }

  /** Before the first update, the averages are the trained weights. */
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

import type { Gpu } from "../../gpu/gpu.js";
import { parameterTensors, releaseModule, titled, trainedTensors, type Module } from "../../nn/module.js";
import type { Adam } from "../../optim/adam.js";
import { Ema } from "../../optim/ema.js";
import { buildGenerator } from "../networks/resnet.js";
import type { CycleGANOptions } from "../cyclegan/options.js";
import type { Networks } from "../cyclegan/networks.js";

/** Two more generators whose weights are the moving averages of those that are trained: see `Ema`. */
export class GeneratorAverages {
  readonly G_A_ema: Module;
  readonly G_B_ema: Module;
  readonly #trained: readonly Module[];
  readonly #ema: Ema;

  /** `optimizer`: that of G_A's and then G_B's trained parameters. */
  constructor(gpu: Gpu, options: CycleGANOptions, { G_A, G_B }: Networks, optimizer: Adam) {
    const { inputNc, outputNc } = options;
    const plain = { ...options, checkpointActivations: false };
    this.G_A_ema = titled("G_A_ema", buildGenerator(gpu, plain));
    this.G_B_ema = titled("G_B_ema", buildGenerator(gpu, { ...plain, inputNc: outputNc, outputNc: inputNc }));
    this.#trained = [G_A, G_B];
    this.#ema = new Ema(gpu, optimizer, this.#averages.flatMap(trainedTensors), options.ema);
    this.follow();
  }

  get #averages(): readonly Module[] {
    return [this.G_A_ema, this.G_B_ema];
  }

  /** Updates made. */
  get updates(): number {
    return this.#ema.updates;
  }

  /** Takes the trained weights into the averages, the first time as they are, biases without effect included. */
  update(): void {
    this.follow();
    this.#ema.update();
  }

  /** Up to the first update the averages are the trained weights. */
  follow(): void {
    if (this.#ema.updates > 0) return;
    const targets = this.#averages.flatMap(parameterTensors);
    for (const [index, { gpu, storage, size }] of this.#trained.flatMap(parameterTensors).entries()) {
      const target = targets[index];
      if (target) gpu.queue.copy(storage, target.storage, size * 4);
    }
  }

  /** Goes on from so many updates; the weights are the networks' own. */
  restore(updates: number): void {
    this.#ema.updates = updates;
  }

  dispose(): void {
    this.#ema.dispose();
    for (const network of this.#averages) releaseModule(network);
  }
}

/** The optimizer of networks in training, at either precision. */
import type { DType } from "../../dtype.js";
import type { Gpu } from "../../gpu/gpu.js";
import { Adam, type AdamOptions } from "../../optim/adam.js";
import { GradScaler } from "../../optim/grad-scaler.js";
import { backward } from "../../tensor/autograd.js";
import type { Tensor } from "../../tensor/tensor.js";
import { gradientSum, meanGradients } from "./mean-gradients.js";
import type { MicroBatches } from "./micro-batches.js";
import type { StepScope } from "./step-scope.js";

/** Adam, with a GradScaler if activations are float16. */
export class Optimizer {
  readonly adam: Adam;
  readonly scaler: GradScaler | undefined;
  readonly #gpu: Gpu;

  constructor(gpu: Gpu, parameters: readonly Tensor[], options: AdamOptions, activations: DType) {
    this.#gpu = gpu;
    this.adam = new Adam(gpu, parameters, options);
    if (activations === "float16") this.scaler = new GradScaler(gpu);
  }

  set lr(lr: number) {
    this.adam.lr = lr;
  }

  get nonFinite(): Tensor {
    return this.adam.nonFinite;
  }

  zeroGrad(): void {
    this.adam.zeroGrad();
  }

  /**
   * Leaves, for `step`, the mean of the gradients that `compute` leaves for each micro-batch, and returns what it made of those of this
   * process. `topic` names the exchange between processes.
   *
   * The parts that `compute` does not return are released before the next micro-batch, so that only the activations of one are in memory.
   */
  async accumulate<Made>(scope: StepScope, micro: MicroBatches, topic: string, compute: (place: number) => Made): Promise<readonly Made[]> {
    const computed = (place: number): Made => {
      this.zeroGrad();
      return compute(place);
    };
    if (micro.isSingle) return [scope.run(() => computed(0))];
    const sum = gradientSum();
    const all: Made[] = [];
    for (const [place, index] of micro.own.entries()) {
      const { made, gradients } = scope.run(() => ({ made: computed(place), gradients: this.adam.takeGradients() }));
      all.push(made);
      scope.run(() => {
        sum.add({ start: index, size: 1, sum: gradients });
        return sum.blocks;
      });
    }
    const mean = await meanGradients(this.#gpu, scope, sum, micro, topic);
    this.adam.putGradients(mean);
    for (const gradients of mean) gradients.release();
    return all;
  }

  /** Adds the gradients of the sum of the losses. */
  backward(loss: Tensor, ...more: readonly Tensor[]): void {
    if (this.scaler) this.scaler.backward(loss, ...more);
    else backward(loss, ...more);
  }

  /** A step with the gradients of `backward`. */
  step(): void {
    this.adam.step(this.scaler);
  }

  dispose(): void {
    this.adam.dispose();
    this.scaler?.dispose();
  }
}

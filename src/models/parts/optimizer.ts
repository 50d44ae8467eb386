/** The optimizer of networks in training, at either precision. */
import type { DType } from "../../dtype.js";
import type { Gpu } from "../../gpu/gpu.js";
import { Adam, type AdamOptions } from "../../optim/adam.js";
import { GradScaler } from "../../optim/grad-scaler.js";
import { backward } from "../../tensor/autograd.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Adam, with a GradScaler if activations are float16. */
export class Optimizer {
  readonly adam: Adam;
  readonly scaler: GradScaler | undefined;

  constructor(gpu: Gpu, parameters: readonly Tensor[], options: AdamOptions, activations: DType) {
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

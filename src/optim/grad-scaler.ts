/** Loss scaling: gradients that float16 can hold. */
import { checkNumber } from "../check-number.js";
import type { Gpu } from "../gpu/gpu.js";
import { backwardFrom } from "../tensor/autograd.js";
import { Tensor } from "../tensor/tensor.js";

export interface GradScalerOptions {
  /** The first scale, a power of 2; default 65536. */
  readonly initScale?: number;
  /** Steps without infinity after which the scale doubles; default 2000. */
  readonly growthInterval?: number;
}

/** Places of `scaling`, as grad-scaler.wgsl has them. */
const PLACES = 5;

/** A part of an optimizer's gradients, in floats. */
export interface GradientRun {
  readonly gradients: Tensor;
  readonly start: number;
  readonly end: number;
}

/**
 * Multiplies losses by a scale before the backward pass and the gradients by its inverse before the step, so that gradients of
 * float16 activations neither vanish nor overflow.
 *
 * A step whose gradients contain infinity or NaN changes no parameter and no moment, and does not count for Adam's corrections;
 * the scale then halves. After `growthInterval` steps without, it doubles. All of this is decided on the device, without a wait.
 * If even a scale below 1 gives infinity, `Adam.nonFinite` is set. Source: PyTorch's GradScaler; arXiv 1710.03740, section 3.2.
 */
export class GradScaler {
  readonly #gpu: Gpu;
  readonly #growthInterval: number;
  readonly #initScale: number;
  readonly #scale: Tensor;
  readonly #largest: Tensor;
  /** For Adam: scale, inverse scale, counted steps, and both corrections. Shape: [5]. */
  readonly scaling: Tensor;

  /** Throws UsageError unless the scale is above 0 and the interval a whole number of at least 1. */
  constructor(gpu: Gpu, { initScale = 65_536, growthInterval = 2000 }: GradScalerOptions = {}) {
    checkNumber("GradScaler", "initScale", initScale, { above: 0 });
    checkNumber("GradScaler", "growthInterval", growthInterval, { min: 1, whole: true });
    this.#gpu = gpu;
    this.#growthInterval = growthInterval;
    this.#initScale = initScale;
    this.#scale = Tensor.untracked(gpu, [], "loss scale");
    this.scaling = Tensor.untracked(gpu, [PLACES], "loss scaling");
    this.#largest = Tensor.untracked(gpu, [1], "largest gradient");
    gpu.queue.clear(this.#largest.storage, 4);
    this.restore(this.initialState);
  }

  /** The state before the first step. */
  get initialState(): Float32Array {
    return Float32Array.of(this.#initScale, 0, 0, 0, 0);
  }

  /** `backward` of the losses times the scale. */
  backward(...losses: readonly [Tensor, ...Tensor[]]): void {
    backwardFrom(this.#scale, ...losses);
  }

  /** For Adam: judges the gradients, and sets `scaling` for the step and for the next loss. */
  judge(runs: readonly GradientRun[], nonFinite: Tensor, beta1: number, beta2: number): void {
    for (const { gradients: x, start, end } of runs) {
      const size = end - start;
      const threads = Math.min(2 ** 16, size);
      this.#gpu.run("check/largest", { x, largest: this.#largest, start, size, threads, slot: 0 }, { threads });
    }
    const betas = { beta1, oneMinusBeta1: 1 - beta1, beta2, oneMinusBeta2: 1 - beta2 };
    const { scaling } = this;
    const args = { largest: this.#largest, scaling, scale: this.#scale, nonFinite, interval: this.#growthInterval, ...betas };
    this.#gpu.run("optim/grad-scaler", args, { threads: 1 });
  }

  /** What `restore` needs to continue from here. Waits for the device. */
  state(): Promise<Float32Array> {
    return this.scaling.data();
  }

  /** Continues from a state. Throws ShapeError for one of another length. */
  restore(state: Float32Array): void {
    this.scaling.write(state);
    this.#scale.write(state.subarray(0, 1));
  }

  dispose(): void {
    for (const tensor of [this.#scale, this.scaling, this.#largest]) tensor.release();
  }
}

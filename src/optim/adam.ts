import type { Gpu } from "../gpu/gpu.js";
import type { Tensor } from "../tensor.js";
import { buildArenas, type Arena } from "./arena.js";

export interface AdamOptions {
  /** Default 1e-3. */
  readonly lr?: number;
  /** Decay of the first moment, default 0.9; CycleGAN takes 0.5. */
  readonly beta1?: number;
  /** Decay of the second moment, default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * Adam over all its parameters in one dispatch (one for every 128 MiB of them).
 *
 * With t the number of steps: m ← β1·m + (1 − β1)·g, v ← β2·v + (1 − β2)·g²,
 * p ← p − lr / (1 − β1^t) · m / (sqrt(v / (1 − β2^t)) + ε). A parameter without a gradient is left alone, its moments too.
 *
 * The parameters' memory moves into the optimizer, so a parameter belongs to one optimizer.
 * Source: arXiv 1412.6980, algorithm 1; PyTorch's Adam.
 */
export class Adam {
  lr: number;
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #epsilon: number;
  readonly #gpu: Gpu;
  readonly #arenas: readonly Arena[];
  #steps = 0;

  constructor(gpu: Gpu, parameters: readonly Tensor[], options: AdamOptions = {}) {
    const { lr = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
    this.lr = lr;
    this.#beta1 = beta1;
    this.#beta2 = beta2;
    this.#epsilon = epsilon;
    this.#gpu = gpu;
    this.#arenas = buildArenas(gpu, parameters);
  }

  /** Forgets all gradients; call it before computing the next ones. */
  zeroGrad(): void {
    for (const { places } of this.#arenas) for (const { tensor } of places) tensor.zeroGrad();
  }

  /** Updates every parameter that has a gradient. */
  step(): void {
    this.#steps++;
    for (const arena of this.#arenas) {
      for (const { start, end } of runsWithGradient(arena)) this.#update(arena, start, end - start);
    }
  }

  /** Gives back the moments and the parameters' memory. */
  dispose(): void {
    for (const { places, values, gradients, firstMoments, secondMoments } of this.#arenas) {
      for (const { tensor } of places) tensor.release();
      for (const tensor of [values, gradients, firstMoments, secondMoments]) tensor.release();
    }
  }

  #update(arena: Arena, start: number, length: number): void {
    const { values, gradients, firstMoments, secondMoments } = arena;
    const correction1 = 1 - this.#beta1 ** this.#steps;
    const correction2 = 1 - this.#beta2 ** this.#steps;
    this.#gpu.run(
      "optim/adam",
      {
        gradients,
        parameters: values,
        firstMoments,
        secondMoments,
        start: start / 4,
        size: length / 4,
        stepSize: this.lr / correction1,
        beta1: this.#beta1,
        beta2: this.#beta2,
        oneMinusBeta1: 1 - this.#beta1,
        oneMinusBeta2: 1 - this.#beta2,
        epsilon: this.#epsilon,
        rootCorrection2: Math.sqrt(correction2),
      },
      { threads: length / 4 },
    );
  }
}

/** The longest runs of neighbouring places whose parameters have gradients, in floats. */
function runsWithGradient({ places }: Arena): { readonly start: number; readonly end: number }[] {
  const runs: { start: number; end: number }[] = [];
  for (const { tensor, start, length } of places) {
    if (!tensor.grad) continue;
    const last = runs.at(-1);
    if (last?.end === start) last.end += length;
    else runs.push({ start, end: start + length });
  }
  return runs;
}

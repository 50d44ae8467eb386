import { ShapeError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { formatShape, sameShape } from "../shape.js";
import { Tensor } from "../tensor/tensor.js";
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

/** All that an optimizer needs to go on exactly, on the host. Moments stand in the order of the parameters it was given. */
export interface AdamState {
  /** Steps made: t. */
  readonly steps: number;
  /** m of each parameter, its elements in memory's order. */
  readonly firstMoments: readonly Float32Array[];
  /** v likewise. */
  readonly secondMoments: readonly Float32Array[];
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
  /** Its bits are 0 until a step meets a gradient, or makes a parameter or a moment, that is no finite number; `restore` clears them. Shape: [1]. */
  readonly nonFinite: Tensor;
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
    this.nonFinite = Tensor.untracked(gpu, [1], "non-finite");
    gpu.queue.clear(this.nonFinite.storage, 4);
  }

  /** The arenas that hold the parameters. */
  get values(): readonly Tensor[] {
    return this.#arenas.map(({ values }) => values);
  }

  /** Forgets all gradients; call it before computing the next ones. */
  zeroGrad(): void {
    for (const { places } of this.#arenas) for (const { tensor } of places) tensor.zeroGrad();
  }

  /** Updates every parameter that has a gradient. Throws ShapeError, and changes nothing, when one has not its parameter's shape. */
  step(): void {
    const places = this.#arenas.flatMap((arena) => arena.places);
    for (const { tensor } of places) checkGradient(tensor);
    for (const { tensor } of places) gatherGradient(tensor);
    this.#steps++;
    for (const arena of this.#arenas) {
      for (const { start, end } of runsWithGradient(arena)) this.#update(arena, start, end - start);
      this.#show(arena);
    }
  }

  /** What `restore` needs to go on from here, less the parameters. Waits for the device; no step may be made meanwhile. */
  async state(): Promise<AdamState> {
    const firstMoments: Float32Array[] = [];
    const secondMoments: Float32Array[] = [];
    for (const arena of this.#arenas) {
      const [first, second] = [await arena.firstMoments.data(), await arena.secondMoments.data()];
      for (const { tensor, start } of arena.places) {
        firstMoments.push(first.slice(start, start + tensor.size));
        secondMoments.push(second.slice(start, start + tensor.size));
      }
    }
    return { steps: this.#steps, firstMoments, secondMoments };
  }

  /** Goes on from a state. Throws ShapeError, and changes nothing, when it is that of other parameters. */
  restore({ steps, firstMoments, secondMoments }: AdamState): void {
    const sizes = this.#arenas.flatMap(({ places }) => places.map(({ tensor }) => tensor.size));
    for (const moments of [firstMoments, secondMoments]) {
      if (moments.length === sizes.length && moments.every(({ length }, index) => length === sizes[index])) continue;
      throw new ShapeError(
        `Adam: expected moments of ${sizes.length} parameters with [${sizes.join(", ")}] elements, ` +
          `got [${moments.map(({ length }) => length).join(", ")}]. Restore the state of the same network.`,
      );
    }
    let index = 0;
    for (const { places, firstMoments: first, secondMoments: second } of this.#arenas) {
      const [m, v] = [new Float32Array(first.size), new Float32Array(second.size)];
      for (const { start } of places) {
        m.set(firstMoments[index] ?? [], start);
        v.set(secondMoments[index++] ?? [], start);
      }
      first.write(m);
      second.write(v);
    }
    this.#steps = steps;
    this.#gpu.queue.clear(this.nonFinite.storage, 4);
  }

  /** Gives back the moments and the parameters' memory. */
  dispose(): void {
    this.nonFinite.release();
    for (const { places, values, gradients, firstMoments, secondMoments } of this.#arenas) {
      for (const { tensor } of places) tensor.release();
      for (const tensor of [values, gradients, firstMoments, secondMoments]) tensor.release();
    }
  }

  #show({ places, gradients, secondMoments }: Arena): void {
    const { observer } = this.#gpu;
    if (!observer) return;
    const parameters = Object.fromEntries(places.map(({ tensor }) => [tensor.label, tensor]));
    const writes = { "second moments": secondMoments, ...parameters };
    observer.observe({ op: "adam", pass: "update", path: observer.path, reads: { gradients }, writes });
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
        nonFinite: this.nonFinite,
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

function checkGradient({ grad, shape, label }: Tensor): void {
  if (!grad || sameShape(grad.shape, shape)) return;
  throw new ShapeError(
    `Adam: expected a gradient ${formatShape(shape)} of "${label}", got "${grad.label}" ${formatShape(grad.shape)}.`,
  );
}

/** Copies a gradient to its place in the arena where it lies elsewhere: a caller's own, or one from before the optimizer. */
function gatherGradient({ gpu, grad, gradStorage, size }: Tensor): void {
  if (grad && gradStorage && grad.storage !== gradStorage) gpu.queue.copy(grad.storage, gradStorage, size * 4);
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

/** Stochastic gradient descent, with all parameters of an optimizer updated at once. */
import { checkNumber } from "../check-number.js";
import { UsageError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import type { Tensor } from "../tensor/tensor.js";
import { buildArenas, checkParameters, gatherGradients, zeros, type Arena } from "./arena.js";

export interface SGDOptions {
  /** Default 1e-3. */
  readonly lr?: number;
  /** μ; default 0. */
  readonly momentum?: number;
  /** λ, by which g + λ · p takes the place of the gradient g; default 0. */
  readonly weightDecay?: number;
  /** Whether a step looks ahead along the momentum (Nesterov); default false. */
  readonly nesterov?: boolean;
}

/** An arena with the velocities of its parameters. */
interface SGDArena extends Arena {
  readonly velocities: Tensor;
}

/**
 * Stochastic gradient descent with momentum.
 *
 * g ← g + λ · p, v ← μ · v + g, p ← p − lr · v, or p ← p − lr · (g + μ · v) with `nesterov`. A parameter without a gradient is
 * skipped: it and its velocity stay as they are.
 *
 * The memory of the parameters moves into the optimizer, so a parameter belongs to one optimizer.
 *
 * The constructor throws UsageError for an option outside its range or an empty list, DeviceError for a parameter of another device,
 * and MisuseError for one that wants no gradient, is listed twice, or belongs to another optimizer or average. Source: PyTorch's SGD,
 * without dampening.
 */
export class SGD {
  lr: number;
  readonly #momentum: number;
  readonly #weightDecay: number;
  readonly #nesterov: boolean;
  readonly #gpu: Gpu;
  readonly #arenas: readonly SGDArena[];

  constructor(gpu: Gpu, parameters: readonly Tensor[], options: SGDOptions = {}) {
    const { lr = 1e-3, momentum = 0, weightDecay = 0, nesterov = false } = options;
    checkNumber("SGD", "lr", lr, { min: 0 });
    checkNumber("SGD", "momentum", momentum, { min: 0, below: 1 });
    checkNumber("SGD", "weightDecay", weightDecay, { min: 0 });
    if (nesterov && momentum === 0) throw new UsageError("SGD: expected a momentum above 0 with nesterov, got 0.");
    checkParameters("SGD", parameters);
    this.lr = lr;
    this.#momentum = momentum;
    this.#weightDecay = weightDecay;
    this.#nesterov = nesterov;
    this.#gpu = gpu;
    this.#arenas = buildArenas(gpu, parameters).map((arena) => Object.assign(arena, { velocities: zeros(gpu, arena.values.size, "velocities") }));
  }

  get #parameters(): readonly Tensor[] {
    return this.#arenas.flatMap(({ places }) => places.map(({ tensor }) => tensor));
  }

  /** Clears all gradients. Call it before you compute the next ones. */
  zeroGrad(): void {
    for (const tensor of this.#parameters) tensor.zeroGrad();
  }

  /**
   * Updates every parameter that has a gradient.
   *
   * Throws ShapeError when a gradient does not have its parameter's shape, and UsageError when `lr` is negative or not finite.
   * Then nothing has changed.
   */
  step(): void {
    checkNumber("SGD", "lr", this.lr, { min: 0 });
    const putBack = gatherGradients("SGD", this.#parameters);
    for (const arena of this.#arenas) {
      for (const run of runsIn(arena)) this.#update(arena, run);
    }
    putBack();
  }

  /** Releases the parameters and the velocities. */
  dispose(): void {
    for (const { places, values, gradients, velocities } of this.#arenas) {
      for (const { tensor } of places) tensor.release();
      for (const tensor of [values, gradients, velocities]) tensor.release();
    }
  }

  #update({ values: parameters, gradients, velocities }: SGDArena, { start, end }: Run): void {
    const size = (end - start) / 4;
    const { lr } = this;
    const rates = { lr, momentum: this.#momentum, weightDecay: this.#weightDecay, nesterov: this.#nesterov ? 1 : 0 };
    this.#gpu.run("optim/sgd", { gradients, parameters, velocities, start: start / 4, size, ...rates }, { threads: size });
  }
}

/** Neighbouring places, in floats, whose parameters have gradients. */
interface Run {
  readonly start: number;
  end: number;
}

/** The longest runs of neighbouring parameters that one dispatch can update. */
function runsIn({ places }: Arena): readonly Run[] {
  const runs: Run[] = [];
  for (const { tensor, start, length } of places) {
    if (!tensor.grad) continue;
    // The kernel writes to the arena, which does not count as a write to its slices.
    tensor.storage.writes++;
    const last = runs.at(-1);
    if (last?.end === start) last.end += length;
    else runs.push({ start, end: start + length });
  }
  return runs;
}

/** Stochastic gradient descent, with all parameters of an optimizer updated at once. */
import { checkNumber } from "../check-number.js";
import { ShapeError, UsageError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { formatShape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { buildArenas, checkParameters, gatherGradients, readPlaces, runsIn, writePlaces, zeros, type Arena, type Run } from "./arena.js";

export interface SGDOptions {
  /** Default 1e-3. */
  readonly lr?: number;
  /** μ; default 0. */
  readonly momentum?: number;
  /** τ, by which a gradient counts only 1 − τ in the velocity, except for the first; default 0. */
  readonly dampening?: number;
  /** λ, by which g + λ · p takes the place of the gradient g; default 0. */
  readonly weightDecay?: number;
  /** Whether a step looks ahead along the momentum (Nesterov); default false. */
  readonly nesterov?: boolean;
}

/** An arena with the velocities of its parameters. */
interface SGDArena extends Arena {
  readonly velocities: Tensor;
}

/** Everything an optimizer needs to continue exactly, on the host, in the order of its parameters. */
export interface SGDState {
  /** v of each parameter, last axis contiguous. */
  readonly velocities: readonly Float32Array[];
  /** Whether each parameter has made a step. */
  readonly started: readonly boolean[];
}

/**
 * Stochastic gradient descent with momentum.
 *
 * g ← g + λ · p, v ← μ · v + (1 − τ) · g, except v ← g in the first step, p ← p − lr · v, or p ← p − lr · (g + μ · v) with
 * `nesterov`. A parameter without a gradient is skipped: it and its velocity stay as they are.
 *
 * The memory of the parameters moves into the optimizer, so a parameter belongs to one optimizer.
 *
 * The constructor throws UsageError for an option outside its range or an empty list, DeviceError for a parameter of another device,
 * and MisuseError for one that wants no gradient, is listed twice, or belongs to another optimizer or average. Source: PyTorch's SGD.
 */
export class SGD {
  lr: number;
  readonly #momentum: number;
  readonly #weightDecay: number;
  readonly #nesterov: boolean;
  readonly #gpu: Gpu;
  readonly #dampening: number;
  readonly #arenas: readonly SGDArena[];
  /** The parameters that have made a step. */
  readonly #started = new Set<Tensor>();

  constructor(gpu: Gpu, parameters: readonly Tensor[], options: SGDOptions = {}) {
    const { lr = 1e-3, momentum = 0, dampening = 0, weightDecay = 0, nesterov = false } = options;
    checkNumber("SGD", "lr", lr, { min: 0 });
    checkNumber("SGD", "momentum", momentum, { min: 0, below: 1 });
    checkNumber("SGD", "dampening", dampening, { min: 0, below: 1 });
    checkNumber("SGD", "weightDecay", weightDecay, { min: 0 });
    if (nesterov && (momentum === 0 || dampening > 0)) {
      throw new UsageError(`SGD: expected a momentum above 0 and no dampening with nesterov, got momentum ${momentum}, dampening ${dampening}.`);
    }
    checkParameters("SGD", parameters);
    this.lr = lr;
    this.#momentum = momentum;
    // Without momentum, the gradient itself is the step.
    this.#dampening = momentum === 0 ? 0 : dampening;
    this.#weightDecay = weightDecay;
    this.#nesterov = nesterov;
    this.#gpu = gpu;
    this.#arenas = buildArenas(gpu, parameters).map((arena) => Object.assign(arena, { velocities: zeros(gpu, arena.values.size, "velocities") }));
  }

  /** The arenas that contain the parameters. */
  get values(): readonly Tensor[] {
    return this.#arenas.map(({ values }) => values);
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
      for (const run of runsIn(arena, (tensor) => this.#started.has(tensor))) this.#update(arena, run);
    }
    for (const tensor of this.#parameters) if (tensor.grad) this.#started.add(tensor);
    putBack();
  }

  /** What `restore` needs to continue from here, except for the parameters. Waits for the device; make no step meanwhile. */
  async state(): Promise<SGDState> {
    const velocities: Float32Array[] = [];
    for (const { places, velocities: all } of this.#arenas) velocities.push(...(await readPlaces(places, all)));
    return { velocities, started: this.#parameters.map((tensor) => this.#started.has(tensor)) };
  }

  /** Continues from a state. Throws ShapeError, and changes nothing, when the state is that of other parameters. */
  restore({ velocities, started }: SGDState): void {
    const sizes = this.#parameters.map(({ size }) => size);
    const got = velocities.map(({ length }) => length);
    if (!sameShape(sizes, got) || started.length !== sizes.length) {
      throw new ShapeError(
        `SGD: expected velocities of ${sizes.length} parameters with ${formatShape(sizes)} elements, got ${formatShape(got)}. ` +
          "Restore the state of the same network.",
      );
    }
    let done = 0;
    for (const { places, velocities: all } of this.#arenas) {
      writePlaces(places, all, velocities.slice(done, done + places.length));
      done += places.length;
    }
    this.#started.clear();
    for (const [at, tensor] of this.#parameters.entries()) if (started[at]) this.#started.add(tensor);
  }

  /** Releases the parameters and the velocities. */
  dispose(): void {
    for (const { places, values, gradients, velocities } of this.#arenas) {
      for (const { tensor } of places) tensor.release();
      for (const tensor of [values, gradients, velocities]) tensor.release();
    }
  }

  #update({ values: parameters, gradients, velocities }: SGDArena, { start, end, key: started }: Run<boolean>): void {
    const size = (end - start) / 4;
    const { lr } = this;
    const share = started ? 1 - this.#dampening : 1;
    const rates = { lr, momentum: this.#momentum, share, weightDecay: this.#weightDecay, nesterov: this.#nesterov ? 1 : 0 };
    this.#gpu.run("optim/sgd", { gradients, parameters, velocities, start: start / 4, size, ...rates }, { threads: size });
  }
}

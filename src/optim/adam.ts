/** Adam, with all parameters of an optimizer updated at once. */
import { checkNumber } from "../check-number.js";
import { ShapeError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { Tensor } from "../tensor/tensor.js";
import { buildArenas, checkParameters, gatherGradients, putGradient, readPlaces, runsIn, writePlaces, zeros, type Arena, type Run } from "./arena.js";
import type { GradientRun, GradScaler } from "./grad-scaler.js";

export interface AdamOptions {
  /** Default 1e-3. */
  readonly lr?: number;
  /** Decay of the first moment, default 0.9. CycleGAN uses 0.5. */
  readonly beta1?: number;
  /** Decay of the second moment, default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** λ, by which g + λ · p takes the place of the gradient g; default 0. */
  readonly weightDecay?: number;
  /** Decays each parameter by lr · λ · p in place of its gradient, as AdamW does; default false. */
  readonly decoupledWeightDecay?: boolean;
}

/** An arena with the moments of its parameters. */
interface AdamArena extends Arena {
  readonly firstMoments: Tensor;
  readonly secondMoments: Tensor;
}

/** Everything an optimizer needs to continue exactly, on the host, in the order of its parameters. */
export interface AdamState {
  /** Steps of each parameter: t. */
  readonly steps: readonly number[];
  /** m of each parameter, last axis contiguous. */
  readonly firstMoments: readonly Float32Array[];
  /** v of each parameter. */
  readonly secondMoments: readonly Float32Array[];
}

/**
 * Adam.
 *
 * m ← β1·m + (1 − β1)·g, v ← β2·v + (1 − β2)·g², p ← p − lr / (1 − β1^t) · m / (sqrt(v / (1 − β2^t)) + ε), where t counts the
 * steps of that parameter. With weight decay λ, g is the gradient plus λ · p; if it is
 * decoupled, p ← p − lr · λ · p comes first instead. A parameter without a gradient is skipped: it, its
 * moments and its t stay as they are.
 *
 * The memory of the parameters moves into the optimizer, so a parameter belongs to one optimizer. A step is one dispatch for
 * every 128 MiB of parameters. If t differs between parameters, each run of neighbours with the same t is one dispatch.
 *
 * The constructor throws UsageError for an option outside its range or an empty list, DeviceError for a parameter of another device,
 * and MisuseError for one that wants no gradient, is listed twice, or belongs to another optimizer or average. Source: arXiv 1412.6980, algorithm 1; PyTorch's Adam.
 */
export class Adam {
  lr: number;
  /** All bits are 0 until a step meets a gradient, or makes a parameter or a moment, that is not finite. `restore` clears it. Shape: [1]. */
  readonly nonFinite: Tensor;
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #epsilon: number;
  readonly #gpu: Gpu;
  readonly #weightDecay: number;
  readonly #decoupled: boolean;
  readonly #arenas: readonly AdamArena[];
  /** t of each parameter, in order. */
  readonly #steps: Map<Tensor, number>;

  constructor(gpu: Gpu, parameters: readonly Tensor[], options: AdamOptions = {}) {
    const { lr = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, decoupledWeightDecay = false } = options;
    checkNumber("Adam", "lr", lr, { min: 0 });
    checkNumber("Adam", "beta1", beta1, { min: 0, below: 1 });
    checkNumber("Adam", "beta2", beta2, { min: 0, below: 1 });
    checkNumber("Adam", "epsilon", epsilon, { above: 0 });
    checkNumber("Adam", "weightDecay", weightDecay, { min: 0 });
    checkParameters("Adam", parameters);
    this.lr = lr;
    this.#beta1 = beta1;
    this.#beta2 = beta2;
    this.#epsilon = epsilon;
    this.#weightDecay = weightDecay;
    this.#decoupled = decoupledWeightDecay;
    this.#gpu = gpu;
    this.#arenas = buildArenas(gpu, parameters).map((arena) => {
      const moments = (label: string): Tensor => zeros(gpu, arena.values.size, label);
      return Object.assign(arena, { firstMoments: moments("first moments"), secondMoments: moments("second moments") });
    });
    this.#steps = new Map(parameters.map((tensor) => [tensor, 0]));
    this.nonFinite = Tensor.untracked(gpu, [1], "non-finite");
    gpu.queue.clear(this.nonFinite.storage, 4);
  }

  /** The arenas that contain the parameters. */
  get values(): readonly Tensor[] {
    return this.#arenas.map(({ values }) => values);
  }

  /** Clears all gradients. Call it before you compute the next ones. */
  zeroGrad(): void {
    for (const tensor of this.#steps.keys()) tensor.zeroGrad();
  }

  /** Copies of the gradients of all parameters, side by side: a tensor for each of `values`, laid out alike. */
  takeGradients(): Tensor[] {
    const putBack = gatherGradients("Adam", this.#steps.keys());
    const copies = this.#arenas.map(({ gradients }) => {
      const copy = Tensor.empty(this.#gpu, gradients.shape, gradients.label);
      this.#gpu.queue.copy(gradients.storage, copy.storage, 4 * gradients.size);
      return copy;
    });
    putBack();
    return copies;
  }

  /** Replaces the gradient of every parameter that has one. `all`: laid out as by `takeGradients`. */
  putGradients(all: readonly Tensor[]): void {
    for (const [index, { places }] of this.#arenas.entries()) {
      const from = all[index];
      if (from) for (const place of places) putGradient(this.#gpu, place, from);
    }
  }

  /**
   * Updates every parameter that has a gradient. `scaler`: the GradScaler whose `backward` made the gradients.
   *
   * Throws ShapeError when a gradient does not have its parameter's shape, and UsageError when `lr` is negative or not finite.
   * Then nothing has changed.
   */
  step(scaler?: GradScaler): void {
    checkNumber("Adam", "lr", this.lr, { min: 0 });
    const putBack = gatherGradients("Adam", this.#steps.keys());
    for (const [tensor, steps] of this.#steps) if (tensor.grad) this.#steps.set(tensor, steps + 1);
    const runs = this.#arenas.map((arena) => runsIn(arena, (tensor) => this.#steps.get(tensor) ?? 0));
    scaler?.judge(runs.flatMap((its, index) => gradientsIn(this.#arenas[index], its)), this.nonFinite, this.#beta1, this.#beta2);
    for (const [index, arena] of this.#arenas.entries()) {
      this.#gpu.observer?.begin?.();
      for (const run of runs[index] ?? []) this.#update(arena, run, scaler?.scaling);
      this.#show(arena);
    }
    putBack();
  }

  /** What `restore` needs to continue from here, except for the parameters. Waits for the device; make no step meanwhile. */
  async state(): Promise<AdamState> {
    const firstMoments: Float32Array[] = [];
    const secondMoments: Float32Array[] = [];
    for (const { places, firstMoments: first, secondMoments: second } of this.#arenas) {
      firstMoments.push(...(await readPlaces(places, first)));
      secondMoments.push(...(await readPlaces(places, second)));
    }
    return { steps: [...this.#steps.values()], firstMoments, secondMoments };
  }

  /**
   * Continues from a state. A single number of steps counts for all parameters; older checkpoints have no more.
   *
   * Throws ShapeError, and changes nothing, when the state is that of other parameters.
   */
  restore({ steps, firstMoments, secondMoments }: Omit<AdamState, "steps"> & { readonly steps: AdamState["steps"] | number }): void {
    const parameters = [...this.#steps.keys()];
    const sizes = parameters.map(({ size }) => size);
    const counts = typeof steps === "number" ? sizes.map(() => steps) : steps;
    if (counts.length !== sizes.length) {
      throw new ShapeError(`Adam: expected steps of ${sizes.length} parameters, got ${counts.length}. Restore the state of the same network.`);
    }
    for (const moments of [firstMoments, secondMoments]) {
      if (moments.length === sizes.length && moments.every(({ length }, index) => length === sizes[index])) continue;
      throw new ShapeError(
        `Adam: expected moments of ${sizes.length} parameters with [${sizes.join(", ")}] elements, ` +
          `got [${moments.map(({ length }) => length).join(", ")}]. Restore the state of the same network.`,
      );
    }
    let done = 0;
    for (const { places, firstMoments: first, secondMoments: second } of this.#arenas) {
      const end = done + places.length;
      writePlaces(places, first, firstMoments.slice(done, end));
      writePlaces(places, second, secondMoments.slice(done, end));
      done = end;
    }
    for (const [at, tensor] of parameters.entries()) this.#steps.set(tensor, counts[at] ?? 0);
    this.#gpu.queue.clear(this.nonFinite.storage, 4);
  }

  /** Releases the parameters and the moments. */
  dispose(): void {
    this.nonFinite.release();
    for (const { places, values, gradients, firstMoments, secondMoments } of this.#arenas) {
      for (const { tensor } of places) tensor.release();
      for (const tensor of [values, gradients, firstMoments, secondMoments]) tensor.release();
    }
  }

  #show({ places, gradients, secondMoments }: AdamArena): void {
    const { observer } = this.#gpu;
    if (!observer) return;
    const parameters = Object.fromEntries(places.map(({ tensor }) => [tensor.label, tensor]));
    const writes = { "second moments": secondMoments, ...parameters };
    observer.observe({ op: "adam", pass: "update", path: observer.path, reads: { gradients }, writes });
  }

  #update({ values, gradients, firstMoments, secondMoments }: AdamArena, { start, end, key: steps }: Run<number>, scaling: Tensor | undefined): void {
    const size = (end - start) / 4;
    const tune = { ...(scaling && { SCALED: 1 }), ...(this.#weightDecay > 0 && { DECAYED: this.#decoupled ? 2 : 1 }) };
    const correction1 = 1 - this.#beta1 ** steps;
    const correction2 = 1 - this.#beta2 ** steps;
    this.#gpu.run(
      "optim/adam",
      {
        gradients,
        parameters: values,
        firstMoments,
        secondMoments,
        nonFinite: this.nonFinite,
        scaling: scaling ?? gradients,
        start: start / 4,
        size,
        stepSize: scaling ? this.lr : this.lr / correction1,
        beta1: this.#beta1,
        beta2: this.#beta2,
        oneMinusBeta1: 1 - this.#beta1,
        oneMinusBeta2: 1 - this.#beta2,
        epsilon: this.#epsilon,
        rootCorrection2: Math.sqrt(correction2),
        weightDecay: this.#weightDecay * (this.#decoupled ? this.lr : 1),
      },
      { threads: size, ...(Object.keys(tune).length > 0 && { tune }) },
    );
  }
}

function gradientsIn(arena: Arena | undefined, runs: readonly Run<number>[]): GradientRun[] {
  return arena ? runs.map(({ start, end }) => ({ gradients: arena.gradients, start, end })) : [];
}

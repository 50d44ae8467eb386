/** The newest step of a model in training: its images and losses on the device, and its outcome. */
import type { ImageBatch } from "../../data/image.js";
import type { ProcessGroup } from "../../distributed/process-group.js";
import { errorOf, NonFiniteError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Scope } from "../../gpu/scope.js";
import { imageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";

type Tensors = Readonly<Partial<Record<string, Tensor>>>;
/** Masks of a step's images, by the images' names. */
type Masks = Readonly<Partial<Record<string, Float32Array | undefined>>>;
type LossesOf<Name extends string> = Readonly<Record<Name, number>>;

/** The outcome of a step. */
type StepOutcome<Name extends string> = { readonly losses: LossesOf<Name> } | { readonly failure: Error };

/** `Loss`: the names of the losses. */
export class NewestStep<Loss extends string> {
  readonly #gpu: Gpu;
  readonly #lossNames: readonly Loss[];
  readonly #allNames: readonly string[];
  readonly #group: ProcessGroup | undefined;
  #images: Tensors = {};
  #masks: Masks = {};
  /** By micro-batch of this process. */
  #losses: readonly Tensors[] = [];
  #outcome: Promise<StepOutcome<Loss>>;

  /**
   * `lossNames`: in the order of the log. `more`: names of losses that only some settings of the model have. `group`: the processes
   * that share the micro-batches.
   */
  constructor(gpu: Gpu, lossNames: readonly Loss[], more: readonly string[] = [], group?: ProcessGroup) {
    this.#gpu = gpu;
    this.#group = group;
    this.#lossNames = lossNames;
    this.#allNames = [...lossNames, ...more];
    this.#outcome = Promise.resolve({ losses: this.#lossesOf({}) });
  }

  /**
   * Keeps images and losses of a step beyond its scope, and replaces those of the step before. `losses`: of the step, or of each
   * micro-batch of this process, whose means are those of the step. `masks`: of images that have one.
   */
  keep(scope: Scope, images: Tensors, losses: Tensors | readonly Tensors[], masks: Masks = {}): void {
    this.release();
    const all = isList(losses) ? losses : [losses];
    for (const tensor of [images, ...all].flatMap(tensorsOf)) scope.keep(tensor);
    this.#images = images;
    this.#losses = all;
    this.#masks = masks;
  }

  /**
   * Submits the step. Resolves when the device has at most this step left to do, so that steps do not pile up.
   *
   * `flags`: `Adam.nonFinite` by the name of what it trains. Throws a NonFiniteError if a loss of the step *before* was not
   * finite or its flag was set, and throws the errors of the device. On a software adapter it waits for the step, because the
   * adapter computes on the cores that would record the next one.
   */
  async submit(flags: Readonly<Record<string, Tensor>>): Promise<void> {
    const previous = this.#outcome;
    this.#outcome = this.#fetch(flags);
    if (this.#gpu.isCpu) await this.#outcome;
    lossesIn(await previous);
  }

  /** The losses of the step; 0 for those that it left out. Waits for the device, and throws as the next `submit` would. */
  async losses(): Promise<LossesOf<Loss>> {
    return lossesIn(await this.#outcome);
  }

  /** The images of the step. Waits for the device. */
  async visuals(): Promise<Readonly<Partial<Record<string, ImageBatch>>>> {
    const visuals: Record<string, ImageBatch> = {};
    for (const [name, tensor] of Object.entries(this.#images)) {
      const mask = this.#masks[name];
      if (tensor) visuals[name] = { shape: imageShape("visuals", name, tensor.shape), data: await tensor.data(), ...(mask && { mask }) };
    }
    return visuals;
  }

  /** Drops the step and its outcome. */
  reset(): void {
    this.release();
    this.#outcome = Promise.resolve({ losses: this.#lossesOf({}) });
  }

  /** Releases the images and losses. */
  release(): void {
    for (const tensor of [this.#images, ...this.#losses].flatMap(tensorsOf)) tensor.release();
    this.#images = {};
    this.#losses = [];
  }

  /** Costs a few copies of 4 bytes and no extra wait. */
  async #fetch(flags: Readonly<Record<string, Tensor>>): Promise<StepOutcome<Loss>> {
    const names = this.#allNames.filter((name) => this.#losses[0]?.[name]);
    const ofLosses = this.#losses.flatMap((losses) => names.flatMap((name) => losses[name] ?? []));
    const tensors = [...ofLosses, ...Object.values(flags)];
    const fetch = this.#gpu.capture(tensors.map(({ storage }) => storage));
    try {
      await this.#gpu.idle();
      if (this.#gpu.isRehearsal) return { losses: this.#lossesOf({}) };
      const values = await fetch();
      const all = await this.#ofAllProcesses(values.subarray(0, ofLosses.length));
      const got = Object.fromEntries(names.map((name, index) => [name, meanOf(all.filter((_, place) => place % names.length === index))]));
      // The bits of a flag that is set are those of a very small float.
      const raised = Object.keys(flags).filter((_, index) => values[ofLosses.length + index] !== 0);
      const broken = [
        ...names.filter((name) => !Number.isFinite(got[name])).map((name) => `${name} = ${got[name]}`),
        ...raised.map((name) => `NaN or infinity among the gradients, parameters and moments of ${name}`),
      ];
      if (broken.length === 0) return { losses: this.#lossesOf(got) };
      return { failure: new NonFiniteError(`training step: expected finite numbers, got ${broken.join(", ")}. Use a lower learning rate.`) };
    } catch (failure) {
      return { failure: errorOf(failure) };
    }
  }

  /** The losses of all micro-batches, in order. */
  async #ofAllProcesses(own: Float32Array): Promise<readonly number[]> {
    if (!this.#group) return Array.from(own);
    const all = await this.#group.allToAll("losses", Array.from({ length: this.#group.worldSize }, () => own));
    return all.flatMap((values) => Array.from(values));
  }

  #lossesOf(got: Readonly<Record<string, number>>): LossesOf<Loss> {
    const losses = Object.fromEntries(this.#allNames.map((name) => [name, got[name] ?? 0]));
    const isComplete = (all: Readonly<Record<string, number>>): all is LossesOf<Loss> => this.#lossNames.every((name) => name in all);
    if (isComplete(losses)) return losses;
    throw new RangeError("every name has a loss");
  }
}

function isList(losses: Tensors | readonly Tensors[]): losses is readonly Tensors[] {
  return Array.isArray(losses);
}

function tensorsOf(tensors: Tensors): Tensor[] {
  return Object.values(tensors).flatMap((tensor) => tensor ?? []);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function lossesIn<Name extends string>(outcome: StepOutcome<Name>): LossesOf<Name> {
  if ("failure" in outcome) throw outcome.failure;
  return outcome.losses;
}

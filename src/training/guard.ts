/** The guard against NaN and infinity. */
import type { LoadedBatch } from "../data/loader.js";
import { NonFiniteError } from "../errors.js";
import { describeOrigin, firstNonFinite } from "../tensor/first-non-finite.js";
import type { Gpu } from "../gpu/gpu.js";
import type { Losses, Model } from "../models/model.js";
import type { RunEvent } from "../run/events.js";

/** A step left NaN or infinity. The training must return to the last checkpoint; see `StepGuard`. */
export class BrokenStepError extends NonFiniteError {
  override name = "BrokenStepError";
  readonly step: number;
  /** What the training can return to: a run with a checkpoint, a run without one, or nothing yet. */
  left: "checkpoint" | "run" | "nothing" = "nothing";

  constructor(step: number, cause: NonFiniteError) {
    super(`step ${step}: ${cause.message}`, { cause });
    this.step = step;
  }
}

/** The device and the model that make the steps, and the receiver of messages. */
export interface GuardedTraining {
  readonly gpu: Gpu;
  readonly model: Model;
  readonly report: (event: RunEvent) => void;
  /** The files of the whole batch, of which this process may have read only its share. */
  readonly pathsOf: (batch: LoadedBatch) => Promise<LoadedBatch["paths"]>;
}

/**
 * Runs the steps of a training, and finds steps that leave NaN or infinity. An attempt is the part between two returns to a
 * checkpoint.
 *
 * Losses, gradients, parameters and moments of every step are checked on the device without waiting for it. So a broken step is
 * noticed when the next one has been made, or when its losses are read. The guard then throws a BrokenStepError and is reused
 * for the next attempt, which repeats the same steps to the same bits. The broken step is now made with an observer of its ops,
 * undone, and left out in this and all later attempts. Checkpoints list it in `skipped`.
 */
export class StepGuard {
  /** Steps that are left out. */
  readonly #skipped = new Set<number>();
  readonly #maxRestores: number;
  #restores = 0;
  /** The step that broke the previous attempt. */
  #suspect: number | undefined;
  /** The last step that was made. */
  #newest = 0;

  /** `maxRestores`: how often the training may return to a checkpoint. */
  constructor(maxRestores: number) {
    this.#maxRestores = maxRestores;
  }

  /** Steps that are left out, in ascending order. */
  get skipped(): readonly number[] {
    return [...this.#skipped].sort((a, b) => a - b);
  }

  /** How often the training has returned to a checkpoint. */
  get restores(): number {
    return this.#restores;
  }

  /** Whether the next attempt starts before the end of an earlier one. */
  get returns(): boolean {
    return this.#suspect !== undefined;
  }

  /** Starts an attempt after `step`, whose checkpoint leaves out `skipped`. */
  begin(step: number, skipped: readonly number[], report: GuardedTraining["report"]): void {
    for (const one of skipped) this.#skipped.add(one);
    // Steps left out by an earlier process count too.
    this.#restores = Math.max(this.#restores, skipped.length);
    this.#newest = step;
    if (this.#suspect === undefined) return;
    const place = step === 0 ? "the first weights" : `the checkpoint of step ${step}`;
    report({ step, kind: "restored", message: `Step ${this.#suspect} left NaN or infinity: back to ${place}.` });
  }

  /** Makes a step; false if it is left out. Throws a BrokenStepError if the previous step was broken. */
  async step(step: number, batch: LoadedBatch, training: GuardedTraining): Promise<boolean> {
    if (this.#skipped.has(step)) {
      training.report({ step, kind: "skipped", message: `Step ${step} is left out.` });
      return false;
    }
    if (step === this.#suspect) {
      if (!(await this.#stepObserved(step, batch, training))) return false;
    } else await this.#finite(() => training.model.step(batch.images));
    this.#newest = step;
    return true;
  }

  /** The losses of the newest step. Throws a BrokenStepError if it was broken. */
  losses(model: Model): Promise<Losses> {
    return this.#finite(() => model.losses());
  }

  /** Repeats the suspected step and finds its first bad op. If it is broken again, undoes it and returns false. */
  async #stepObserved(step: number, batch: LoadedBatch, { gpu, model, report, pathsOf }: GuardedTraining): Promise<boolean> {
    const before = await model.state();
    const origin = await firstNonFinite(gpu, () => model.step(batch.images));
    const images = Object.values(await pathsOf(batch)).flat().join(", ");
    try {
      await model.losses();
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error;
      const cause = origin ? describeOrigin(origin) : error.message;
      if (this.#restores > this.#maxRestores) throw givenUp(step, cause, images, this.#maxRestores);
      model.restore(before);
      this.#skipped.add(step);
      report({ step, kind: "skipped", message: `Step ${step} is left out: ${cause}. Its images: ${images}.` });
      return false;
    }
    if (this.#restores > this.#maxRestores) {
      const cause = "it was finite when it was made again, so the device may be at fault";
      throw givenUp(step, cause, images, this.#maxRestores);
    }
    const message = `Step ${step} left NaN or infinity, and is finite now that it was made again. The device may be at fault.`;
    report({ step, kind: "warning", message });
    return true;
  }

  async #finite<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error;
      this.#suspect = this.#newest;
      this.#restores++;
      throw new BrokenStepError(this.#newest, error);
    }
  }
}

function givenUp(step: number, cause: string, images: string, restores: number): NonFiniteError {
  return new NonFiniteError(
    `step ${step}: expected finite numbers, got NaN or infinity, with --max-restores ${restores} used up: ${cause}. ` +
      `The images of the step: ${images}. The last checkpoint is kept. Look at these images if others do well; else lower ` +
      "--lr and train again, or --resume with more --max-restores.",
  );
}

/** The memory of a training step that awaits other processes between its parts. */
import type { Gpu } from "../../gpu/gpu.js";
import type { Scope } from "../../gpu/scope.js";
import { Tensor } from "../../tensor/tensor.js";

/**
 * Releases at its end what the parts of a step keep. Between the parts no scope is open, so that tensors that others make meanwhile are
 * their own.
 */
export class StepScope {
  /** It tracks nothing by itself. */
  readonly held: Scope;
  readonly #gpu: Gpu;

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    this.held = gpu.scope("training step");
    this.held.seal();
  }

  /** Runs a part, keeps the tensors in its result, also those in lists, maps and objects, to the end of the step, and releases all others. */
  run<Result>(compute: () => Result): Result {
    using scope = this.#gpu.scope("part of a step");
    const result = compute();
    for (const tensor of tensorsIn(result)) this.held.track(scope.keep(tensor));
    return result;
  }

  [Symbol.dispose](): void {
    this.held.close();
  }
}

function tensorsIn(made: unknown): Tensor[] {
  if (made instanceof Tensor) return [made];
  if (typeof made !== "object" || made === null) return [];
  return (made instanceof Map ? [...made.values()] : Object.values(made)).flatMap(tensorsIn);
}

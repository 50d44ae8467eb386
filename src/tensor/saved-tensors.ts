/** The tensors that an op saves for its backward pass. */
import { MisuseError } from "../errors.js";
import type { Storage } from "../gpu/pool.js";
import type { Tensor } from "./tensor.js";

/** A tensor at the moment it was saved. */
interface Saved {
  readonly name: string;
  readonly tensor: Tensor;
  readonly storage: Storage;
  readonly writes: number;
}

/** Saved tensors, each with the number of writes at that time: the gradient would be wrong if one were written later. */
export class SavedTensors {
  readonly #op: string;
  readonly #owned: readonly Tensor[];
  readonly #saved: readonly Saved[];

  /** `owned` is released when the gradient has been taken. `borrowed` are the caller's handles, which are only checked. */
  constructor(op: string, owned: Readonly<Record<string, Tensor>>, borrowed: Iterable<Tensor> = []) {
    this.#op = op;
    this.#owned = Object.values(owned);
    const named = [...Object.entries(owned), ...Array.from(borrowed, (tensor) => [tensor.label, tensor] as const)];
    this.#saved = named.map(([name, tensor]) => ({ name, tensor, storage: tensor.storage, writes: tensor.storage.writes }));
  }

  /** Throws MisuseError, which names the op and the tensor, when a tensor was written after it was saved. */
  assertUnchanged(): void {
    for (const { name, tensor, storage, writes } of this.#saved) {
      // A borrowed tensor may be released, which its edge reports, or moved into an optimizer, which keeps its values.
      if (storage.writes === writes || tensor.released || tensor.storage !== storage) continue;
      const as = name === tensor.label ? "" : ` as ${name}`;
      throw new MisuseError(
        `backward: ${this.#op} saved "${tensor.label}"${as} and still needs it, but it was overwritten after that. ` +
          "Call backward before you write to it, or overwrite a copy.",
      );
    }
  }

  release(): void {
    for (const tensor of this.#owned) tensor.release();
  }
}

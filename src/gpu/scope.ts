/** Scopes, which release the tensors made in them. */
import { ReleasedError } from "../errors.js";

/** Anything that a scope can release. */
export interface Releasable {
  release(): void;
  /** Is called when no open scope will release it. */
  unowned?(): void;
}

/**
 * Tracks the tensors made while it is the innermost open scope, and releases them when it closes.
 *
 * `using scope = gpu.scope("G step")` closes it at the end of the block. Scopes nest, and the innermost closes first. A scope
 * must not stay open across an `await` during which other code uses the device, because the tensors of that code would be
 * released too. `seal()` it first.
 */
export class Scope {
  readonly name: string;
  readonly #stack: ScopeStack;
  readonly #held = new Set<Releasable>();
  #open = true;

  constructor(name: string, stack: ScopeStack) {
    this.name = name;
    this.#stack = stack;
  }

  track(item: Releasable): void {
    this.#held.add(item);
  }

  /** Keeps `item` alive: it moves to the enclosing scope or, if there is none, belongs to the caller. */
  keep<T extends Releasable>(item: T): T {
    if (this.#held.delete(item)) own(this.#stack.parentOf(this), item);
    return item;
  }

  /** Releases `item` now if this scope tracks it, and does nothing otherwise. */
  drop(item: Releasable): void {
    if (this.#held.delete(item)) item.release();
  }

  /**
   * Stops tracking new tensors, but keeps its own until it closes. For tensors that are made before an `await` and used after
   * it. Throws ReleasedError when an inner scope is still open.
   */
  seal(): void {
    if (!this.#open) return;
    this.#stack.pop(this);
    this.#open = false;
  }

  /** Releases everything it tracks. Throws ReleasedError when an inner scope is still open. */
  close(): void {
    this.seal();
    for (const item of this.#held) item.release();
    this.#held.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function own(scope: Scope | undefined, item: Releasable): void {
  if (scope) scope.track(item);
  else item.unowned?.();
}

/** The open scopes of a device, the innermost last. */
export class ScopeStack {
  readonly #scopes: Scope[] = [];

  open(name: string): Scope {
    const scope = new Scope(name, this);
    this.#scopes.push(scope);
    return scope;
  }

  track(item: Releasable): void {
    own(this.#scopes.at(-1), item);
  }

  parentOf(scope: Scope): Scope | undefined {
    return this.#scopes[this.#scopes.indexOf(scope) - 1];
  }

  pop(scope: Scope): void {
    const innermost = this.#scopes.at(-1);
    if (innermost !== scope) {
      throw new ReleasedError(
        `scope "${scope.name}": scopes close innermost first, and "${innermost?.name ?? "none"}" is still open. ` +
          "Open scopes with `using`.",
      );
    }
    this.#scopes.pop();
  }
}

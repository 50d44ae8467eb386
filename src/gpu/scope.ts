/** Scopes, which release the tensors made in them. */
import { ReleasedError } from "../errors.js";

/** What a scope can hold. */
export interface Releasable {
  release(): void;
}

/**
 * Holds what is made while it is the innermost open scope, and releases that when it closes.
 *
 * `using scope = gpu.scope("G step")` closes it at the end of the block. Scopes nest and close innermost first. A scope must
 * not stay open across an `await` during which others use the device, because what they make would be released with it;
 * `seal()` it first.
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

  /** Lets `item` live on: it goes to the enclosing scope or, if there is none, belongs to the caller. */
  keep<T extends Releasable>(item: T): T {
    if (this.#held.delete(item)) this.#stack.parentOf(this)?.track(item);
    return item;
  }

  /** Releases `item` now if this scope holds it, and does nothing otherwise. */
  drop(item: Releasable): void {
    if (this.#held.delete(item)) item.release();
  }

  /**
   * Takes nothing more in, but holds what it has until it closes. For what is made before an `await` and used after it.
   * Throws ReleasedError when an inner scope is still open.
   */
  seal(): void {
    if (!this.#open) return;
    this.#stack.pop(this);
    this.#open = false;
  }

  /** Releases everything it holds. Throws ReleasedError when an inner scope is still open. */
  close(): void {
    this.seal();
    for (const item of this.#held) item.release();
    this.#held.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }
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
    this.#scopes.at(-1)?.track(item);
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

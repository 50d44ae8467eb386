import type { Releasable } from "../gpu/scope.js";

/** Where a gradient goes: on to the node that made an input, or into a leaf. Absent for an input that needs none. */
export type Edge<T> = { readonly node: GraphNode<T> } | { readonly leaf: T } | undefined;

/** The sum of the gradients that have come along an edge so far, where there is one. */
export type SumSoFar<T> = (edge: Edge<T>) => T | undefined;

/**
 * Computes the gradients of an op's inputs, in the order of its edges, from the gradient of its output. One that it has
 * added to the sum so far is given as that sum. Or records its inside anew and gives the node of the output there, from
 * which the walk goes on with that same gradient; the caller releases it.
 */
export type Pullback<T> = (dy: T, sumSoFar: SumSoFar<T>) => readonly (T | undefined)[] | GraphNode<T>;

let created = 0;

/** The `order` of the node made next: all that is recorded from now on has at least this. */
export function nextOrder(): number {
  return created;
}

/**
 * One op call in the graph of a loss.
 *
 * References count who may still need it: the output tensor and the nodes further down. At zero, or once its gradient
 * has been taken, the saved tensors are released.
 */
export class GraphNode<T> {
  readonly op: string;
  readonly edges: readonly Edge<T>[];
  /** Creation order: a node's inputs always come before it. */
  readonly order = created++;
  readonly #saved: readonly Releasable[];
  readonly #pullback: Pullback<T>;
  #references = 1;
  #consumed = false;

  constructor(op: string, edges: readonly Edge<T>[], saved: readonly Releasable[], pullback: Pullback<T>) {
    this.op = op;
    this.edges = edges;
    this.#saved = saved;
    this.#pullback = pullback;
    for (const edge of edges) if (edge && "node" in edge) edge.node.retain();
  }

  /** True once its gradient has been taken: the saved tensors are gone. */
  get consumed(): boolean {
    return this.#consumed;
  }

  /** What its pullback gives, once; what the op had saved is released. */
  takeGradients(dy: T, sumSoFar: SumSoFar<T>): readonly (T | undefined)[] | GraphNode<T> {
    const gradients = this.#pullback(dy, sumSoFar);
    this.#consume();
    return gradients;
  }

  retain(): void {
    this.#references++;
  }

  /** A work list instead of recursion: a chain may be longer than the stack. */
  release(): void {
    const released: GraphNode<T>[] = [this];
    for (let node = released.pop(); node; node = released.pop()) {
      if (--node.#references > 0) continue;
      node.#consume();
      for (const edge of node.edges) if (edge && "node" in edge) released.push(edge.node);
    }
  }

  #consume(): void {
    if (this.#consumed) return;
    this.#consumed = true;
    for (const item of this.#saved) item.release();
  }
}

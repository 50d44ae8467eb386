/** The graph of a loss: a node for each op call, and the edges along which gradients flow back. */
import type { Shape } from "../shape.js";

/** The target of an input's gradient: the node that made the input, or a leaf. Undefined if it needs none. */
export type Edge<T> = { readonly node: GraphNode<T> } | { readonly leaf: T } | undefined;

/** The sum of the gradients that have reached an edge so far, if any have. */
export type SumSoFar<T> = (edge: Edge<T>) => T | undefined;

/**
 * Computes the gradients of an op's inputs, in the order of its edges, from the gradient of its output. If it added a gradient
 * to the sum so far, it returns that sum.
 *
 * An activation checkpoint instead records its segment again and returns the node of the segment's output. The walk continues
 * from that node with the same gradient, and the caller releases the node.
 */
export type Pullback<T> = (dy: T, sumSoFar: SumSoFar<T>) => readonly (T | undefined)[] | GraphNode<T>;

/** The tensors that a node needs until its gradient has been taken. */
export interface Saved {
  /** Throws when anything saved was overwritten since. */
  assertUnchanged(): void;
  release(): void;
}

/** An op call as it is recorded. */
export interface OpCall<T> {
  readonly op: string;
  /** Of the output. */
  readonly shape: Shape;
  readonly edges: readonly Edge<T>[];
  /** The op's name for the input of each edge, used in drawings of the graph. */
  readonly inputs: readonly (readonly [name: string, tensor: T | undefined])[];
  readonly saved: Saved;
  readonly pullback: Pullback<T>;
}

let created = 0;

/** The `order` of the next node. Everything recorded from now on has at least this order. */
export function nextOrder(): number {
  return created;
}

/**
 * One op call in the graph of a loss.
 *
 * It is referenced by its output tensor and by the nodes made from that. Once there is no reference, or its gradient has been
 * taken, the tensors that it saved are released.
 */
export class GraphNode<T> implements Omit<OpCall<T>, "saved" | "pullback"> {
  readonly op: string;
  readonly shape: Shape;
  readonly edges: readonly Edge<T>[];
  readonly inputs: OpCall<T>["inputs"];
  /** Order of creation: the nodes that made a node's inputs are always older. */
  readonly order = created++;
  readonly #saved: Saved;
  readonly #pullback: Pullback<T>;
  #references = 1;
  #consumed = false;

  constructor({ op, shape, edges, inputs, saved, pullback }: OpCall<T>) {
    this.op = op;
    this.shape = shape;
    this.edges = edges;
    this.inputs = inputs;
    this.#saved = saved;
    this.#pullback = pullback;
    for (const edge of edges) if (edge && "node" in edge) edge.node.retain();
  }

  /** True once its gradient has been taken and its saved tensors are released. */
  get consumed(): boolean {
    return this.#consumed;
  }

  /** Throws MisuseError when a tensor that it saved has been overwritten since. */
  assertUnchanged(): void {
    this.#saved.assertUnchanged();
  }

  /** Runs its pullback, once, and releases what the op saved. */
  takeGradients(dy: T, sumSoFar: SumSoFar<T>): readonly (T | undefined)[] | GraphNode<T> {
    const gradients = this.#pullback(dy, sumSoFar);
    this.#consume();
    return gradients;
  }

  retain(): void {
    this.#references++;
  }

  /** Uses a work list instead of recursion, because a chain of nodes may be longer than the stack allows. */
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
    this.#saved.release();
  }
}

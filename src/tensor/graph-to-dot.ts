/** `graphToDot`: draws the graph of a loss. */
import { ReleasedError } from "../errors.js";
import { formatShape, type Shape } from "../shape.js";
import type { GraphNode } from "./graph.js";
import type { Tensor } from "./tensor.js";

/** The part of a module that the drawing needs. */
interface Named {
  parameters(): ReadonlyMap<string, { readonly tensor: Tensor }>;
}

/**
 * The graph that `backward(loss)` would walk, in the DOT language: `dot -Tsvg graph.dot > graph.svg` draws it.
 *
 * An ellipse is an op with the shape of its output. A filled box is a leaf that gets a gradient. A dashed box is a constant,
 * where gradients stop: data, a detached tensor, a frozen parameter. An activation checkpoint is one op, because the ops in it
 * are recorded only when `backward` reaches it. Anything that the losses do not depend on is left out.
 *
 * `networks` names the parameters: `graphToDot([fooling, cycle], { G_A, G_B, D_A })` writes `G_A.model.1.weight` in place of a
 * tensor's label. Throws ReleasedError when a loss was released or depends on nothing that requires grad.
 */
export function graphToDot(loss: Tensor | readonly Tensor[], networks: Readonly<Record<string, Named>> = {}): string {
  const losses = "gpu" in loss ? [loss] : loss;
  const roots = losses.map(rootOf);
  const names = new Map<Tensor, string>();
  for (const [network, module] of Object.entries(networks)) {
    for (const [name, { tensor }] of module.parameters()) names.set(tensor, `${network}.${name}`);
  }
  const drawing = new Drawing(names);
  for (const node of oldestFirst(roots)) drawing.addNode(node, roots.includes(node));
  return drawing.toString();
}

function rootOf(loss: Tensor): GraphNode<Tensor> {
  if (loss.node) return loss.node;
  loss.assertLive();
  throw new ReleasedError(
    `graphToDot: expected a tensor computed from one that requires grad, got "${loss.label}". ` +
      "Mark a leaf with withGrad(), and compute outside noGrad().",
  );
}

function oldestFirst(roots: readonly GraphNode<Tensor>[]): GraphNode<Tensor>[] {
  const found = new Set(roots);
  for (const { edges } of found) for (const edge of edges) if (edge && "node" in edge) found.add(edge.node);
  return [...found].sort((a, b) => a.order - b.order);
}

/** The lines of a drawing. Numbers are given in order of creation, so the same computation has the same drawing. */
class Drawing {
  readonly #names: ReadonlyMap<Tensor, string>;
  readonly #ids = new Map<object, string>();
  readonly #lines: string[] = [];

  constructor(names: ReadonlyMap<Tensor, string>) {
    this.#names = names;
  }

  addNode(node: GraphNode<Tensor>, isLoss: boolean): void {
    const inputs = node.edges.flatMap((edge, index): [string, string, string][] => {
      const [name = "", tensor] = node.inputs[index] ?? [];
      if (edge) return [["node" in edge ? this.#idOf(edge.node) : this.#addTensor(edge.leaf, true), name, ""]];
      return tensor ? [[this.#addTensor(tensor, false), name, ", style=dashed"]] : [];
    });
    const id = this.#idOf(node);
    this.#lines.push(`${id} [label=${labelOf(node.op, node.shape)}${isLoss ? ", peripheries=2" : ""}]`);
    for (const [from, name, style] of inputs) this.#lines.push(`${from} -> ${id} [label=${quoted(name)}${style}]`);
  }

  /** The id of a leaf or a constant, which is drawn at its first use. */
  #addTensor(tensor: Tensor, isLeaf: boolean): string {
    const known = this.#ids.get(tensor);
    if (known !== undefined) return known;
    const id = this.#idOf(tensor);
    const label = labelOf(this.#names.get(tensor) ?? tensor.label, tensor.shape);
    this.#lines.push(`${id} [label=${label}, shape=box, style=${isLeaf ? 'filled, fillcolor="#cfe8cf"' : "dashed"}]`);
    return id;
  }

  #idOf(item: object): string {
    const id = this.#ids.get(item) ?? `n${this.#ids.size}`;
    this.#ids.set(item, id);
    return id;
  }

  toString(): string {
    return `digraph {\n${this.#lines.map((line) => `  ${line};\n`).join("")}}\n`;
  }
}

function labelOf(name: string, shape: Shape): string {
  return quoted(`${name}\n${formatShape(shape)}`);
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

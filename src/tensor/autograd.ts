/** `backward`: the gradients of a loss. */
import type { DType } from "../dtype.js";
import { ReleasedError, ShapeError } from "../errors.js";
import { GraphNode, type Edge } from "./graph.js";
import { formatShape } from "../shape.js";
import { Tensor } from "./tensor.js";

/**
 * Computes d loss / d leaf for every leaf that the loss depends on, and adds it to the leaf's `grad`. For several losses it
 * is the gradient of their sum; the sum itself is not computed.
 *
 * Nodes are visited from the newest to the oldest, so a node's gradient is complete when it is used. What an op saved is
 * released right after. A graph can be walked once.
 *
 * Throws ShapeError unless each loss has one element; ReleasedError when its graph was walked before, or when a loss or one
 * of its leaves was released; MisuseError when a tensor that an op saved was overwritten since. Then no gradient has changed.
 */
export function backward(loss: Tensor, ...more: readonly Tensor[]): void {
  walk([loss, ...more], () => filled(loss, 1));
}

/** `backward` of the losses times `scale`, a tensor of one element. Throws as `backward` does. */
export function backwardFrom(scale: Tensor, ...losses: readonly Tensor[]): void {
  walk(losses, () => scale.alias());
}

/** Asks for `start`, the gradient of each loss, once it is known that the walk can be finished. */
function walk(losses: readonly Tensor[], start: () => Tensor): void {
  const roots = losses.map(rootOf);
  const pending = oldestFirst(roots);
  const gradients = new Map<GraphNode<Tensor>, Tensor>();
  using seed = start();
  for (const root of roots) addTo(gradients, root, seed.alias());
  const sumSoFar = (edge: Edge<Tensor>): Tensor | undefined => edge && sumAlong(edge, gradients);
  const recomputed: GraphNode<Tensor>[] = [];
  try {
    for (let node = pending.pop(); node; node = pending.pop()) {
      const dy = gradients.get(node);
      if (!dy) continue;
      gradients.delete(node);
      const contributions = node.takeGradients(dy, sumSoFar);
      if (contributions instanceof GraphNode) {
        // Its nodes are newer than all pending ones, so they are visited in the order of one whole graph.
        recomputed.push(contributions);
        gradients.set(contributions, dy);
        for (const inner of oldestFirst([contributions], node.order)) pending.push(inner);
      } else {
        distribute(node, dy, contributions, gradients);
        dy.release();
      }
    }
  } finally {
    for (const inside of recomputed) inside.release();
  }
}

function sumAlong(edge: NonNullable<Edge<Tensor>>, gradients: Map<GraphNode<Tensor>, Tensor>): Tensor | undefined {
  return "leaf" in edge ? edge.leaf.grad : gradients.get(edge.node);
}

/** Adds an op's contributions to the gradients of its inputs, except for those that the op added itself. */
function distribute(
  { edges }: GraphNode<Tensor>,
  dy: Tensor,
  contributions: readonly (Tensor | undefined)[],
  gradients: Map<GraphNode<Tensor>, Tensor>,
): void {
  for (const [index, edge] of edges.entries()) {
    const contribution = contributions[index];
    if (!edge || !contribution || contribution === sumAlong(edge, gradients)) continue;
    const owned = contribution === dy ? dy.alias() : contribution;
    if ("leaf" in edge) addToLeaf(edge.leaf, owned);
    else addTo(gradients, edge.node, owned);
  }
}

/** Takes ownership of the contribution. */
function addTo(gradients: Map<GraphNode<Tensor>, Tensor>, node: GraphNode<Tensor>, contribution: Tensor): void {
  const sum = gradients.get(node);
  gradients.set(node, sum ? accumulate(sum, contribution) : contribution);
}

function rootOf(loss: Tensor): GraphNode<Tensor> {
  if (loss.size !== 1) throw new ShapeError(`backward: expected a loss of one element, got ${formatShape(loss.shape)}.`);
  if (loss.node) return loss.node;
  loss.assertLive();
  throw new ReleasedError(
    `backward: expected a loss computed from a tensor that requires grad, got "${loss.label}". ` +
      "Mark a leaf with withGrad(), and compute outside noGrad().",
  );
}

/**
 * Every node that the roots depend on and whose order is above `after`, oldest first. Throws ReleasedError or MisuseError
 * if the walk could not be finished.
 */
function oldestFirst(roots: readonly GraphNode<Tensor>[], after = -1): GraphNode<Tensor>[] {
  const found = new Set(roots);
  for (const node of found) {
    if (node.consumed) {
      throw new ReleasedError(
        `backward: expected a fresh graph, got one whose ${node.op} was already walked or released. ` +
          "Compute the loss again, or add the losses up and call backward once.",
      );
    }
    node.assertUnchanged();
    for (const edge of node.edges) {
      if (!edge) continue;
      if ("leaf" in edge) edge.leaf.assertLive();
      else if (edge.node.order > after) found.add(edge.node);
    }
  }
  return [...found].sort((a, b) => a.order - b.order);
}

function filled(like: Tensor, value: number): Tensor {
  const tensor = Tensor.untracked(like.gpu, like.shape, "gradient");
  like.gpu.run("elementwise/fill", { y: tensor, value, size: tensor.size }, { threads: tensor.size, width: 1 });
  return tensor;
}

/** `sum + addition`, in place if no other handle sees `sum`. Takes ownership of both. */
function accumulate(sum: Tensor, addition: Tensor): Tensor {
  const { gpu, size } = sum;
  const width = size % 4 === 0 ? 4 : 1;
  const grid = { threads: size / width, width } as const;
  const { observer } = gpu;
  observer?.begin?.();
  const observe = (total: Tensor): void =>
    observer?.observe({ op: "sum of gradients", pass: "backward", path: observer.path, reads: { addition }, writes: { total } });
  if (sum.storage.references === 1) {
    gpu.run("elementwise/accumulate", { x: addition, y: sum, alpha: 1, size: size / width }, grid);
    observe(sum);
    addition.release();
    return sum;
  }
  const total = Tensor.untracked(gpu, sum.shape, "gradient", sum.dtype);
  gpu.run("elementwise/axpby", { a: sum, b: addition, y: total, alpha: 1, beta: 1, size: size / width }, grid);
  observe(total);
  sum.release();
  addition.release();
  return total;
}

/** The tensor, or a copy of that type in its place. Takes ownership of it. */
function storedAs(dtype: DType, tensor: Tensor): Tensor {
  if (tensor.dtype === dtype) return tensor;
  const { gpu, shape, size } = tensor;
  const copy = Tensor.untracked(gpu, shape, tensor.label, dtype);
  gpu.run("elementwise/scale", { x: tensor, y: copy, alpha: 1, size }, { threads: size, width: 1 });
  tensor.release();
  return copy;
}

/** Takes ownership of the contribution. */
function addToLeaf(leaf: Tensor, contribution: Tensor): void {
  leaf.grad = leaf.grad ? accumulate(leaf.grad, contribution) : storedAs(leaf.dtype, contribution);
  leaf.grad.label = `grad of ${leaf.label}`;
}

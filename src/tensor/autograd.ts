import { ReleasedError, ShapeError } from "../errors.js";
import { GraphNode, type Edge } from "./graph.js";
import { formatShape } from "../shape.js";
import { Tensor } from "./tensor.js";

/**
 * Computes d loss / d leaf for every leaf the loss depends on and adds it to the leaf's `grad`; of several losses, that of
 * their sum, which is not computed.
 *
 * Nodes are visited from the newest to the oldest, so that a node's gradient is complete when it is used; what an op
 * had saved is released right after. A graph can be walked once.
 *
 * Throws ShapeError unless each loss has one element, and ReleasedError when its graph was walked before, or when a loss
 * or one of its leaves was released; then no gradient has changed.
 */
export function backward(loss: Tensor, ...more: readonly Tensor[]): void {
  const losses = [loss, ...more];
  const roots = losses.map(rootOf);
  const pending = oldestFirst(roots);
  const gradients = new Map<GraphNode<Tensor>, Tensor>();
  using one = filled(loss, 1);
  for (const root of roots) addTo(gradients, root, one.alias());
  const sumSoFar = (edge: Edge<Tensor>): Tensor | undefined => edge && sumAlong(edge, gradients);
  const recomputed: GraphNode<Tensor>[] = [];
  try {
    for (let node = pending.pop(); node; node = pending.pop()) {
      const dy = gradients.get(node);
      if (!dy) continue;
      gradients.delete(node);
      const contributions = node.takeGradients(dy, sumSoFar);
      if (contributions instanceof GraphNode) {
        // Its nodes are newer than all that are pending, so the order is that of a graph recorded whole.
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

/** Adds an op's contributions to the gradients of what made its inputs, those apart that the op has added itself. */
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

/** Takes the contribution over. */
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
 * Every node that the roots depend on and that is newer than the one of order `after`, oldest first. Throws ReleasedError
 * where the walk could not be finished.
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

/** `sum + addition`, in place where no other handle sees `sum`. Takes both over. */
function accumulate(sum: Tensor, addition: Tensor): Tensor {
  const { gpu, size } = sum;
  const width = size % 4 === 0 ? 4 : 1;
  const grid = { threads: size / width, width } as const;
  const { observer } = gpu;
  const observe = (total: Tensor): void =>
    observer?.observe({ op: "sum of gradients", pass: "backward", path: observer.path, reads: { addition }, writes: { total } });
  if (sum.storage.references === 1) {
    gpu.run("elementwise/accumulate", { x: addition, y: sum, alpha: 1, size: size / width }, grid);
    observe(sum);
    addition.release();
    return sum;
  }
  const total = Tensor.untracked(gpu, sum.shape, "gradient");
  gpu.run("elementwise/axpby", { a: sum, b: addition, y: total, alpha: 1, beta: 1, size: size / width }, grid);
  observe(total);
  sum.release();
  addition.release();
  return total;
}

function addToLeaf(leaf: Tensor, gradient: Tensor): void {
  if (leaf.grad) {
    leaf.grad = accumulate(leaf.grad, gradient);
    return;
  }
  const slot = leaf.gradStorage;
  // Where somebody holds it, the gradient stays where it is and the optimizer fetches it.
  if (slot && gradient.storage !== slot && slot.references === 0) {
    leaf.gpu.queue.copy(gradient.storage, slot, leaf.size * 4);
    gradient.release();
    slot.references++;
    leaf.grad = new Tensor(leaf.gpu, leaf.shape, slot, `grad of ${leaf.label}`);
    return;
  }
  gradient.label = `grad of ${leaf.label}`;
  leaf.grad = gradient;
}

import { ReleasedError, ShapeError } from "./errors.js";
import type { GraphNode } from "./graph.js";
import { formatShape } from "./shape.js";
import { Tensor } from "./tensor.js";

/**
 * Computes d loss / d leaf for every leaf the loss depends on and adds it to the leaf's `grad`.
 *
 * Nodes are visited from the newest to the oldest, so that a node's gradient is complete when it is used; what an op
 * had saved is released right after. A graph can be walked once.
 *
 * Throws ShapeError unless `loss` has one element, and ReleasedError when its graph was walked before, or when the loss
 * or one of its leaves was released; then no gradient has changed.
 */
export function backward(loss: Tensor): void {
  if (loss.size !== 1) throw new ShapeError(`backward: expected a loss of one element, got ${formatShape(loss.shape)}.`);
  const root = loss.node;
  if (!root) {
    loss.assertLive();
    throw new ReleasedError(
      `backward: expected a loss computed from a tensor that requires grad, got "${loss.label}". ` +
        "Mark a leaf with withGrad(), and compute outside noGrad().",
    );
  }
  const nodes = newestFirst(root);
  const gradients = new Map<GraphNode<Tensor>, Tensor>([[root, filled(loss, 1)]]);
  for (const node of nodes) {
    const dy = gradients.get(node);
    if (!dy) continue;
    gradients.delete(node);
    const contributions = node.takeGradients(dy);
    for (const [index, edge] of node.edges.entries()) {
      const contribution = contributions[index];
      if (!edge || !contribution) continue;
      const owned = contribution === dy ? dy.alias() : contribution;
      if ("leaf" in edge) addToLeaf(edge.leaf, owned);
      else {
        const sum = gradients.get(edge.node);
        gradients.set(edge.node, sum ? accumulate(sum, owned) : owned);
      }
    }
    dy.release();
  }
}

/** Every node that the root depends on, newest first. Throws ReleasedError where the walk could not be finished. */
function newestFirst(root: GraphNode<Tensor>): GraphNode<Tensor>[] {
  const found = new Set([root]);
  for (const node of found) {
    if (node.consumed) {
      throw new ReleasedError(
        `backward: expected a fresh graph, got one whose ${node.op} was already walked or released. ` +
          "Compute the loss again, or add the losses up and call backward once.",
      );
    }
    for (const edge of node.edges) {
      if (!edge) continue;
      if ("node" in edge) found.add(edge.node);
      else edge.leaf.assertLive();
    }
  }
  return [...found].sort((a, b) => b.order - a.order);
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
  if (sum.storage.references === 1) {
    gpu.run("elementwise/accumulate", { x: addition, y: sum, alpha: 1, size: size / width }, grid);
    addition.release();
    return sum;
  }
  const total = Tensor.untracked(gpu, sum.shape, "gradient");
  gpu.run("elementwise/axpby", { a: sum, b: addition, y: total, alpha: 1, beta: 1, size: size / width }, grid);
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
  if (slot && gradient.storage !== slot) {
    leaf.gpu.queue.copy(gradient.storage, slot, leaf.size * 4);
    gradient.release();
    slot.references++;
    leaf.grad = new Tensor(leaf.gpu, leaf.shape, slot, `grad of ${leaf.label}`);
    return;
  }
  gradient.label = `grad of ${leaf.label}`;
  leaf.grad = gradient;
}

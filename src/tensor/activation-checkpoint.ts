import { ReleasedError } from "../errors.js";
import { gradEnabled, recomputing, wantsGrad } from "./grad-mode.js";
import { at } from "../gpu/observer.js";
import { GraphNode, nextOrder, type Edge } from "./graph.js";
import type { Tensor } from "./tensor.js";

/**
 * y = segment(...inputs), of which nothing is kept for `backward` but the inputs: the segment runs again when its gradient
 * is taken. Memory for time: a forward pass more for each segment.
 *
 * Gradients are those of a plain call to the last bit, of the inputs and of every parameter that the segment uses. So
 * `segment` must give the same when it runs again: no random numbers, and parameters that do not change before
 * `backward`. What it makes is released when it ends, its result apart. Checkpoints may lie in one another. Where nothing
 * is recorded, as in `noGrad`, this is a plain call.
 *
 * Shape: whatever `segment` takes and gives. `backward` throws ReleasedError when a tensor from around the segment, which
 * it uses without having it among its inputs, was released meanwhile. Source: arXiv 1604.06174; PyTorch's
 * torch.utils.checkpoint with use_reentrant=False.
 */
export function checkpoint(segment: (...inputs: Tensor[]) => Tensor, ...inputs: readonly Tensor[]): Tensor {
  const gpu = inputs[0]?.gpu;
  if (!gpu || !gradEnabled()) return segment(...inputs);
  const start = nextOrder();
  using scope = gpu.scope("checkpoint");
  const inside = segment(...inputs);
  if (!inside.node || inside.node.order < start) return scope.keep(inside);
  const edges = edgesInto(inside.node, start);
  const leaves = new Set(edges.flatMap((edge) => ("leaf" in edge ? [edge.leaf] : [])));
  const handles = inputs.map(handleOn);
  const path = gpu.observer?.path ?? "";
  const recompute = (): GraphNode<Tensor> => {
    using _made = gpu.scope("checkpoint, again");
    const { node, label } = recomputing(leaves, () => at(gpu, path, () => segment(...handles)));
    if (!node) throw new ReleasedError(`checkpoint: expected what gave "${label}" to depend on the same tensors again.`);
    node.retain();
    return node;
  };
  const y = scope.keep(inside.detach());
  const saved = handles.filter((handle) => !inputs.includes(handle));
  y.attach(new GraphNode("checkpoint", edges, saved, recompute));
  return y;
}

/** Where gradients leave what was recorded since `start`: the leaves and the older nodes it depends on, each once. */
function edgesInto(root: GraphNode<Tensor>, start: number): NonNullable<Edge<Tensor>>[] {
  const found = new Set([root]);
  const edges = new Map<object, NonNullable<Edge<Tensor>>>();
  for (const { edges: inputs } of found) {
    for (const edge of inputs) {
      if (!edge) continue;
      if ("node" in edge && edge.node.order >= start) found.add(edge.node);
      else edges.set("node" in edge ? edge.node : edge.leaf, edge);
    }
  }
  return [...edges.values()];
}

/** A handle of our own on `x`, at its place in the graph. A leaf stands for itself, because its gradient lands in it. */
function handleOn(x: Tensor): Tensor {
  if (wantsGrad(x) && !x.node) return x;
  const handle = x.alias();
  if (x.node) {
    x.node.retain();
    handle.attach(x.node);
  }
  return handle;
}

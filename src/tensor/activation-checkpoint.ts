/** Activation checkpoints: less memory for another forward pass. */
import { ReleasedError } from "../errors.js";
import { gradEnabled, recomputing, wantsGrad } from "./grad-mode.js";
import { at } from "../gpu/observer.js";
import { GraphNode, nextOrder, type Edge } from "./graph.js";
import { SavedTensors } from "./saved-tensors.js";
import type { Tensor } from "./tensor.js";

/**
 * y = segment(...inputs), but only the inputs are kept for `backward`; the segment runs again when its gradient is taken.
 * This trades time for memory: each segment costs another forward pass.
 *
 * The gradients of the inputs, and of every parameter that the segment uses, have the bits of a plain call. So `segment`
 * must compute the same when it runs again: no random numbers, and parameters that do not change before `backward`.
 * Everything that it makes, except its result, is released when it ends. Checkpoints may be nested. If nothing is recorded,
 * as in `noGrad`, this is a plain call.
 *
 * Shape: whatever `segment` takes and returns. `backward` throws MisuseError when an input or a parameter was overwritten
 * since, and ReleasedError when a tensor that the segment uses without having it as an input was released. Source: arXiv
 * 1604.06174; PyTorch's torch.utils.checkpoint with use_reentrant=False.
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
    if (!node) throw new ReleasedError(`checkpoint: the segment that made "${label}" must use the same tensors when it runs again.`);
    node.retain();
    return node;
  };
  const y = scope.keep(inside.detach());
  const own = handles.filter((handle) => !inputs.includes(handle));
  const saved = new SavedTensors("checkpoint", Object.fromEntries(own.map((handle, index) => [`input ${index}`, handle])), leaves);
  const { shape } = y;
  y.attach(new GraphNode({ op: "checkpoint", shape, edges, inputs: [], saved, pullback: recompute }));
  return y;
}

/** The edges along which gradients leave what was recorded since `start`: to leaves and to older nodes, each once. */
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

/** A new handle on `x` at the same place in the graph. A leaf is returned as it is, because its gradient must reach it. */
function handleOn(x: Tensor): Tensor {
  if (wantsGrad(x) && !x.node) return x;
  const handle = x.alias();
  if (x.node) {
    x.node.retain();
    handle.attach(x.node);
  }
  return handle;
}

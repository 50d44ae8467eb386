/** The same values under another shape. */
import { ShapeError } from "../../errors.js";
import { checkShape, formatShape, sizeOf, type Shape } from "../../shape.js";
import { gradEnabled } from "../../tensor/grad-mode.js";
import { GraphNode } from "../../tensor/graph.js";
import { edgeOf } from "../../tensor/op.js";
import { SavedTensors } from "../../tensor/saved-tensors.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The shape with the extent that −1 stands for. */
function completed(x: Tensor, shape: Shape): Shape {
  const open = shape.indexOf(-1);
  if (open === -1) return shape;
  const rest = sizeOf(shape.filter((_, axis) => axis !== open));
  return shape.map((extent, axis) => (axis === open ? x.size / rest : extent));
}

/**
 * The same values under another shape, without a copy: both tensors share their memory. Do not overwrite either of them.
 *
 * Shape: any → `shape`, of as many elements. One extent may be −1: it is what remains. Throws ShapeError for another number of
 * elements. Source: PyTorch's view.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const { gpu } = x;
  const wanted = completed(x, shape);
  if (sizeOf(wanted) !== x.size || !wanted.every(Number.isInteger)) {
    throw new ShapeError(`reshape: expected a shape of ${x.size} elements for x ${formatShape(x.shape)}, got ${formatShape(shape)}.`);
  }
  checkShape("reshape", wanted);
  const y = x.alias(wanted);
  y.label = "reshape";
  gpu.scopes.track(y);
  const edge = gradEnabled() ? edgeOf(x) : undefined;
  if (edge) {
    const pullback = (dy: Tensor): readonly Tensor[] => [dy.alias(x.shape)];
    y.attach(new GraphNode({ op: "reshape", shape: wanted, edges: [edge], inputs: [["x", x]], saved: new SavedTensors("reshape", {}), pullback }));
  }
  return y;
}

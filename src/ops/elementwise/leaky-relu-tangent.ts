/** The derivative of a leaky ReLU in a direction. */
import { defineOp } from "../../tensor/op.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Tensor } from "../../tensor/tensor.js";
import { commonShape, elementwise } from "../lib/elementwise.js";

function apply(gpu: Gpu, at: Tensor, slope: number, x: Tensor, y: Tensor): Tensor {
  const { size, grid } = elementwise(x.size);
  gpu.run("elementwise/leaky-relu-grad", { y: at, dy: x, dx: y, size, slope }, grid);
  return y;
}

const leakyReluTangentOp = defineOp<{ direction: Tensor; at: Tensor }, { slope: number }>()({
  name: "leakyReluTangent",
  shape: ({ direction, at }) => commonShape("leakyReluTangent", direction, at),
  forward({ gpu, inputs: { direction, at }, attrs: { slope }, y }) {
    apply(gpu, at, slope, direction, y);
    return { at };
  },
  backward: ({ gpu, saved: { at }, attrs: { slope }, dy, gradient }) => ({ direction: apply(gpu, at, slope, dy, gradient("direction")) }),
});

/**
 * The derivative of `leakyRelu` in a direction: y = direction where `at` > 0, else slope · direction.
 *
 * Shape: any, the same for both. `at`: the input or the result of the leaky ReLU, whose signs are the same; a constant, because the
 * derivative of a leaky ReLU does not change with it. `slope`: default 0.2. Throws ShapeError if the shapes differ.
 */
export function leakyReluTangent(direction: Tensor, at: Tensor, slope = 0.2): Tensor {
  using scope = direction.gpu.scope("leakyReluTangent");
  return scope.keep(leakyReluTangentOp({ direction, at: at.detach() }, { slope }));
}

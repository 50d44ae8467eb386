/** Activations whose gradient follows from their result. */
import { defineOp } from "../../tensor/op.js";
import type { Tensor } from "../../tensor/tensor.js";
import { elementwise } from "./elementwise.js";

/** Makes the op y = f(x), element by element, from the kernels `elementwise/<name>` and `elementwise/<name>-grad`: dx = g(y, dy). */
export function defineActivation(name: "sigmoid" | "tanh"): (x: Tensor) => Tensor {
  const op = defineOp<{ x: Tensor }>()({
    name,
    shape: ({ x }) => x.shape,
    forward({ gpu, inputs: { x }, y }) {
      const { size, grid } = elementwise(x.size);
      gpu.run(`elementwise/${name}`, { x, y, size }, grid);
      return { y };
    },
    backward({ gpu, saved: { y }, dy, gradient }) {
      const dx = gradient("x");
      const { size, grid } = elementwise(y.size);
      gpu.run(`elementwise/${name}-grad`, { y, dy, dx, size }, grid);
      return { x: dx };
    },
  });
  return (x) => op({ x }, {});
}

/** Makes ops of one tensor, element by element. */
import type { Gpu } from "../../gpu/gpu.js";
import { defineOp } from "../../tensor/op.js";
import type { Tensor } from "../../tensor/tensor.js";
import { elementwise } from "./elementwise.js";

interface Unary {
  /** What the gradient is computed from: x, or y = f(x). */
  readonly keeps: "x" | "y";
  /** Dispatches the kernel that writes dx. */
  readonly grad: (gpu: Gpu, kept: Tensor, dy: Tensor, dx: Tensor) => void;
}

/** Makes the op y = f(x) from the kernel `elementwise/<name>`. */
export function defineUnary(name: "abs" | "exp" | "log" | "sigmoid" | "sqrt" | "tanh", { keeps, grad }: Unary): (x: Tensor) => Tensor {
  const op = defineOp<{ x: Tensor }>()({
    name,
    shape: ({ x }) => x.shape,
    forward({ gpu, inputs: { x }, y }) {
      const { size, grid } = elementwise(x.size);
      gpu.run(`elementwise/${name}`, { x, y, size }, grid);
      return { kept: keeps === "x" ? x : y };
    },
    backward({ gpu, saved: { kept }, dy, gradient }) {
      const dx = gradient("x");
      grad(gpu, kept, dy, dx);
      return { x: dx };
    },
  });
  return (x) => op({ x }, {});
}

/** For `grad`: the kernel `elementwise/<name>-grad`. */
export function gradBy(name: "abs" | "sigmoid" | "tanh"): Unary["grad"] {
  return (gpu, kept, dy, dx) => {
    const { size, grid } = elementwise(kept.size);
    gpu.run(`elementwise/${name}-grad`, { kept, dy, dx, size }, grid);
  };
}

/** y = alpha · a / b. */
export function divide(gpu: Gpu, a: Tensor, b: Tensor, y: Tensor, alpha = 1): Tensor {
  const { size, grid } = elementwise(y.size);
  gpu.run("elementwise/div", { a, b, y, alpha, size }, grid);
  return y;
}

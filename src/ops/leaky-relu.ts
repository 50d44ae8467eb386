import { ShapeError } from "../errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { elementwise } from "./lib/elementwise.js";
import { defineOp } from "../tensor/op.js";

const leakyReluOp = defineOp<{ x: Tensor }, { slope: number }>()({
  name: "leakyRelu",
  shape({ x }, { slope }) {
    // The sign of y stands for the sign of x in the gradient.
    if (!(slope >= 0)) throw new ShapeError(`leakyRelu: expected a slope of at least 0, got ${slope}.`);
    return x.shape;
  },
  forward({ gpu, inputs: { x }, attrs: { slope }, y }) {
    const { size, grid } = elementwise(x.size);
    gpu.run("elementwise/leaky-relu", { x, y, size, slope }, grid);
    return { y };
  },
  backward({ gpu, saved: { y }, attrs: { slope }, dy, gradient }) {
    const dx = gradient("x");
    const { size, grid } = elementwise(y.size);
    gpu.run("elementwise/leaky-relu-grad", { y, dy, dx, size, slope }, grid);
    return { x: dx };
  },
});

/**
 * y = x where x > 0, else slope · x; the derivative at 0 is taken as slope.
 *
 * Shape: any. `slope`: at least 0, default 0.2 (every LeakyReLU of CycleGAN). Throws ShapeError on a negative slope.
 */
export function leakyRelu(x: Tensor, slope = 0.2): Tensor {
  return leakyReluOp({ x }, { slope });
}

/** y = max(x, 0); the derivative at 0 is taken as 0. Shape: any. */
export function relu(x: Tensor): Tensor {
  return leakyReluOp({ x }, { slope: 0 });
}

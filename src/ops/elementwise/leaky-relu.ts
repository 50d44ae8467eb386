/** ReLU with a slope below 0. */
import { ShapeError } from "../../errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { elementwise } from "../lib/elementwise.js";
import { defineOp } from "../../tensor/op.js";

const leakyReluOp = defineOp<{ x: Tensor }, { slope: number }>()({
  name: "leakyRelu",
  shape({ x }, { slope }) {
    // The gradient takes the sign of x from y.
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
 * y = x if x > 0, else slope · x. The derivative at 0 is slope.
 *
 * Shape: any. `slope`: at least 0, default 0.2, as in every LeakyReLU of CycleGAN. Throws ShapeError if it is negative.
 */
export function leakyRelu(x: Tensor, slope = 0.2): Tensor {
  return leakyReluOp({ x }, { slope });
}

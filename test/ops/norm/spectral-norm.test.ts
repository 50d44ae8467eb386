import { ShapeError } from "../../../src/errors.js";
import { spectralNorm } from "../../../src/ops/norm/spectral-norm.js";
import type { Random } from "../../../src/random.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { build, uniform } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

/**
 * A single weight divided by itself: its gradient is 0, the difference of two terms of up to 1 / σ, each rounded some times,
 * with σ ≥ 0.2 · 0.5 · 0.2 = 1 / 50. Tolerances of gradients are scaled by at least 1e-3.
 */
const CANCELLING = 50 / 1e-3;

const shapes = [[1, 1, 1, 1], [3, 3, 2, 4], [4, 4, 5, 3], [4, 4, 9, 1], [1, 1, 3, 70], [3, 3, 8, 16]];

testOp<"weight" | "u" | "v", never, undefined>(gpu, {
  name: "spectralNorm",
  parameters: ["weight", "u", "v"],
  run: ({ weight, u, v }) => spectralNorm(weight, u, v),
  reference({ weight, u, v }) {
    let sigma = 0;
    const columns = u.data.length;
    for (const [k, left] of v.data.entries()) {
      for (const [o, right] of u.data.entries()) sigma += left * (weight.data[k * columns + o] ?? 0) * right;
    }
    return build(weight.shape, (...index) => {
      const [kh = 0, kw = 0, i = 0, o = 0] = index;
      const [, width = 1, channels = 1] = weight.shape;
      return (weight.data[((kh * width + kw) * channels + i) * columns + o] ?? 0) / sigma;
    });
  },
  // All values are positive, so no sum loses more than its own terms' rounding.
  terms: ({ u, v }) => {
    const [columns = 1] = u.shape;
    const rows = v.shape.reduce((product, size) => product * size, 1);
    const gradient = 2 * rows * columns + rows + columns;
    return { forward: rows + columns + 4, gradient: rows * columns === 1 ? CANCELLING * gradient : gradient };
  },
  constants: ["u", "v"],
  samples: shapes.map((shape) => ({
    name: nameOf(shape),
    inputs: {
      weight: { shape, draw: (random: Random) => 0.5 + uniform(random) },
      u: { shape: shape.slice(3), draw: (random: Random) => 0.2 + uniform(random) },
      v: { shape: shape.slice(0, 3), draw: (random: Random) => 0.2 + uniform(random) },
    },
    attrs: undefined,
  })),
  errors: [
    {
      name: "a v of other channels",
      call: (gpu) => spectralNorm(Tensor.zeros(gpu, [3, 3, 4, 5]), Tensor.zeros(gpu, [5]), Tensor.zeros(gpu, [3, 3, 5])),
      error: ShapeError,
      message: /^spectralNorm: expected 5 elements of u and 36 of v for weight \[3, 3, 4, 5\], got u \[5\] and v \[3, 3, 5\]/,
    },
  ],
});

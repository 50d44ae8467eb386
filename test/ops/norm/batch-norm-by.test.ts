import { ShapeError } from "../../../src/errors.js";
import { batchNormBy } from "../../../src/ops/norm/batch-norm.js";
import type { Shape } from "../../../src/shape.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

const shapes: readonly Shape[] = [[2, 3, 5, 4], [3, 2, 3, 3], [1, 1, 1, 2], [2, 17, 19, 4], [2, 3, 2, 256], [1, 3, 4, 67]];

testOp<"x" | "weight" | "bias" | "mean" | "variance", never, number>(gpu, {
  name: "batchNormBy",
  parameters: ["weight", "bias", "mean", "variance"],
  constants: ["mean", "variance"],
  run: ({ x, weight, bias, mean, variance }, slope) => batchNormBy(x, weight, bias, { mean, variance }, slope),
  reference: ({ x, weight, bias, mean, variance }, slope) =>
    build(x.shape, (image = 0, row = 0, column = 0, channel = 0) => {
      const z = (at(x, image, row, column, channel) - at(mean, channel)) / Math.sqrt(at(variance, channel) + 1e-5);
      const u = at(weight, channel) * z + at(bias, channel);
      return u > 0 ? u : slope * u;
    }),
  terms: ({ x: { shape } }) => ({ forward: 8, gradient: 8 + 2 * shape.slice(0, 3).reduce((product, size) => product * size, 1) }),
  samples: shapes.flatMap((shape) =>
    [1, 0.2].map((slope) => {
      const vector = { shape: [shape[3] ?? 0] };
      return {
        name: `${nameOf(shape)}, slope ${slope}`,
        inputs: { x: { shape }, weight: vector, bias: vector, mean: vector, variance: { ...vector, draw: (random) => 0.5 + random.uniform() } },
        attrs: slope,
      };
    }),
  ),
  errors: [
    {
      name: "a variance of other channels",
      call: (device) => {
        const vector = Tensor.zeros(device, [3]);
        return batchNormBy(Tensor.zeros(device, [1, 2, 2, 3]), vector, vector, { mean: vector, variance: Tensor.zeros(device, [4]) });
      },
      error: ShapeError,
      message: /^batchNormBy: expected weight, bias, mean and variance of shape \[3\], got \[3\] and \[3\] and \[3\] and \[4\]/,
    },
  ],
});

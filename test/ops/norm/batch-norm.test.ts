import { ShapeError } from "../../../src/errors.js";
import { batchNorm } from "../../../src/ops/norm/batch-norm.js";
import type { Shape } from "../../../src/shape.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build, total, type Values } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

function channelOf(x: Values, channel: number): number[] {
  const [n = 0, h = 0, w = 0] = x.shape;
  return [...build([n, h, w], (image, row, column) => at(x, image, row, column, channel)).data];
}

// The last two have channels enough for a GPU to take all images as one.
const shapes: readonly Shape[] = [[2, 3, 5, 4], [3, 2, 3, 3], [1, 4, 3, 2], [2, 17, 19, 4], [2, 3, 2, 256], [1, 3, 4, 67]];

testOp<"x" | "weight" | "bias", never, number>(gpu, {
  name: "batchNorm",
  parameters: ["weight", "bias"],
  run: ({ x, weight, bias }, slope) => batchNorm(x, weight, bias, slope),
  reference({ x, weight, bias }, slope) {
    const channels = Array.from({ length: x.shape[3] ?? 0 }, (_, channel) => {
      const pixels = channelOf(x, channel);
      const mean = total(pixels) / pixels.length;
      return { mean, variance: total(pixels.map((value) => (value - mean) ** 2)) / pixels.length };
    });
    return build(x.shape, (image = 0, row = 0, column = 0, channel = 0) => {
      const { mean, variance } = channels[channel] ?? { mean: 0, variance: 0 };
      const z = (at(x, image, row, column, channel) - mean) / Math.sqrt(variance + 1e-5);
      const u = at(weight, channel) * z + at(bias, channel);
      return u > 0 ? u : slope * u;
    });
  },
  terms: ({ x: { shape } }) => {
    const pixels = (shape[0] ?? 0) * (shape[1] ?? 0) * (shape[2] ?? 0);
    return { forward: 2 * pixels, gradient: 4 * pixels };
  },
  samples: shapes.flatMap((shape) =>
    [1, 0.2].map((slope) => ({
      name: `${nameOf(shape)}, slope ${slope}`,
      inputs: { x: { shape }, weight: { shape: [shape[3] ?? 0] }, bias: { shape: [shape[3] ?? 0] } },
      attrs: slope,
    })),
  ),
  errors: [
    {
      name: "a weight for other channels",
      call: (device) =>
        batchNorm(Tensor.zeros(device, [1, 2, 2, 3]), Tensor.zeros(device, [4]), Tensor.zeros(device, [3])),
      error: ShapeError,
      message: /^batchNorm: expected weight and bias of shape \[3\], got \[4\] and \[3\]/,
    },
  ],
});

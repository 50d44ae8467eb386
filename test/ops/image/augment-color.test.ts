import { ShapeError } from "../../../src/errors.js";
import { augmentColor } from "../../../src/ops/image/augment-color.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build, uniform } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

const shapes = [[1, 1, 1, 1], [1, 1, 1, 3], [2, 5, 7, 3], [3, 4, 4, 1], [1, 33, 9, 3], [2, 3, 3, 4]];

testOp<"x" | "draws", never, undefined>(gpu, {
  name: "augmentColor",
  parameters: ["draws"],
  run: ({ x, draws }) => augmentColor(x, draws),
  reference({ x, draws }) {
    const [, h = 0, w = 0, c = 0] = x.shape;
    const meanOfPixel = build(x.shape.slice(0, 3), (n = 0, row = 0, column = 0) => {
      let sum = 0;
      for (let channel = 0; channel < c; channel++) sum += at(x, n, row, column, channel);
      return sum / c;
    });
    const meanOfImage = build(x.shape.slice(0, 1), (n = 0) => {
      let sum = 0;
      for (let row = 0; row < h; row++) for (let column = 0; column < w; column++) sum += at(meanOfPixel, n, row, column);
      return sum / (h * w);
    });
    return build(x.shape, (n = 0, row = 0, column = 0, channel = 0) => {
      const [b, s, k] = [at(draws, n, 0), at(draws, n, 1), at(draws, n, 2)];
      const brighter = at(x, n, row, column, channel) + b;
      const gray = at(meanOfPixel, n, row, column) + b;
      const saturated = s * (brighter - gray) + gray;
      // Neither step before changes the mean of the image but by b.
      const mean = at(meanOfImage, n) + b;
      return k * (saturated - mean) + mean;
    });
  },
  terms: ({ x: { shape: [, h = 1, w = 1, c = 1] } }) => ({ forward: h * w * c + c + 8, gradient: h * w * c + c + 8 }),
  linear: ["x"],
  constants: ["draws"],
  samples: shapes.map((shape) => ({
    name: nameOf(shape),
    inputs: { x: { shape }, draws: { shape: [shape[0] ?? 1, 3], draw: (random) => 0.5 + uniform(random) } },
    attrs: undefined,
  })),
  errors: [
    {
      name: "draws of another number of images",
      call: (gpu) => augmentColor(Tensor.zeros(gpu, [2, 3, 5, 3]), Tensor.zeros(gpu, [1, 3])),
      error: ShapeError,
      message: /^augmentColor: expected draws \[2, 3\] for x \[2, 3, 5, 3\], got \[1, 3\]/,
    },
  ],
});

import { ShapeError } from "../../../src/errors.js";
import { instanceNorm } from "../../../src/ops/norm/instance-norm.js";
import type { Shape } from "../../../src/shape.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build, normal, total, type Values } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

/** What the pixels of one channel of one image are normalised with. */
function statisticsOf(x: Values, image: number, channel: number) {
  const [, h = 0, w = 0] = x.shape;
  const pixels = build([h, w], (row, column) => at(x, image, row, column, channel)).data;
  const mean = total(pixels) / pixels.length;
  const variance = total(pixels.map((value) => (value - mean) ** 2)) / pixels.length;
  return { mean, deviation: Math.sqrt(variance + 1e-5) };
}

function reference(x: Values, slope: number, skip?: Values): Values {
  const [n = 0, , , c = 0] = x.shape;
  const statistics = Array.from({ length: n * c }, (_, i) => statisticsOf(x, Math.floor(i / c), i % c));
  return build(x.shape, (image = 0, row = 0, column = 0, channel = 0) => {
    const { mean, deviation } = statistics[image * c + channel] ?? { mean: Number.NaN, deviation: Number.NaN };
    const z = (at(x, image, row, column, channel) - mean) / deviation;
    return (z > 0 ? z : slope * z) + (skip ? at(skip, image, row, column, channel) : 0);
  });
}

// The last two have more columns than a workgroup.
const shapes: readonly Shape[] = [[2, 3, 5, 4], [1, 5, 3, 3], [3, 2, 2, 1], [1, 4, 3, 5], [1, 3, 2, 36], [3, 3, 3, 5]];
// More than one range of pixels: on every adapter, and on a GPU.
const ranges: readonly Shape[] = [[1, 23, 25, 4], [1, 23, 25, 1], [2, 23, 24, 8], [2, 17, 16, 5]];
// Columns enough for a GPU to take whole images; the last is odd.
const wholeImages: readonly Shape[] = [[2, 5, 7, 128], [1, 4, 3, 67]];

testOp<"x", "skip", number>(gpu, {
  name: "instanceNorm",
  run: ({ x, skip }, slope) => instanceNorm(x, slope, skip),
  reference: ({ x, skip }, slope) => reference(x, slope, skip),
  // Sums over the pixels: of x and of squares forward; of g and of g · z backward.
  terms: ({ x: { shape } }) => {
    const pixels = (shape[1] ?? 0) * (shape[2] ?? 0);
    return { forward: 2 * pixels, gradient: 4 * pixels };
  },
  samples: [
    ...shapes.flatMap((shape) =>
      [1, 0, 0.2].map((slope) => ({
        name: `${nameOf(shape)}, slope ${slope}`,
        inputs: { x: { shape } },
        attrs: slope,
      })),
    ),
    ...[...ranges, ...wholeImages].map((shape) => ({ name: nameOf(shape), inputs: { x: { shape } }, attrs: 1 })),
    ...[[2, 3, 5, 4], [1, 3, 3, 3], [1, 23, 25, 4]].map((shape) => ({
      name: `${nameOf(shape)} with skip`,
      inputs: { x: { shape }, skip: { shape } },
      attrs: 0.2,
    })),
    { name: "one pixel", inputs: { x: { shape: [2, 1, 1, 4] } }, attrs: 1 },
    {
      // A variance computed as E[x²] − E[x]² is off by 10 % and more here.
      name: "mean 100, deviation 0.1",
      inputs: { x: { shape: [1, 8, 8, 4], draw: (random) => 100 + 0.1 * normal(random) } },
      attrs: 1,
      condition: 1000 / 64,
      step: 1e-6,
    },
  ],
  errors: [
    {
      name: "three axes",
      call: (device) => instanceNorm(Tensor.zeros(device, [3, 4, 5])),
      error: ShapeError,
      message: /^instanceNorm: expected x of shape \[n, h, w, c\], got \[3, 4, 5\]/,
    },
    {
      name: "a negative slope",
      call: (device) => instanceNorm(Tensor.zeros(device, [1, 3, 4, 5]), -1),
      error: ShapeError,
      message: /^instanceNorm: expected a slope of at least 0, got -1/,
    },
    {
      name: "a skip of another shape",
      call: (device) => instanceNorm(Tensor.zeros(device, [1, 3, 4, 5]), 1, Tensor.zeros(device, [1, 4, 3, 5])),
      error: ShapeError,
      message: /^instanceNorm: expected skip of x's shape \[1, 3, 4, 5\], got \[1, 4, 3, 5\]/,
    },
  ],
});

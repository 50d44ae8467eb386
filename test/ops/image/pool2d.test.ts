import { ShapeError } from "../../../src/errors.js";
import { avgPool2d, maxPool2d, type Pool2dOptions } from "../../../src/ops/image/pool2d.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build, type Values } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

const cases: readonly { shape: readonly number[]; options: Pool2dOptions }[] = [
  { shape: [1, 1, 1, 1], options: { kernelSize: 1 } },
  { shape: [2, 4, 6, 3], options: { kernelSize: 2 } },
  { shape: [1, 5, 7, 4], options: { kernelSize: 2 } },
  { shape: [2, 7, 6, 4], options: { kernelSize: 3, stride: 2, padding: 1 } },
  { shape: [1, 6, 5, 5], options: { kernelSize: 3, stride: 1, padding: 1 } },
  { shape: [1, 9, 9, 8], options: { kernelSize: 2, stride: 3 } },
];

/** The pixels in each window of the image. */
function pool(x: Values, { kernelSize, stride = kernelSize, padding = 0 }: Pool2dOptions, reduce: (values: number[]) => number): Values {
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const [outHeight, outWidth] = [h, w].map((extent) => Math.floor((extent + 2 * padding - kernelSize) / stride) + 1);
  return build([n, outHeight ?? 0, outWidth ?? 0, c], (image = 0, i = 0, j = 0, channel = 0) => {
    const values: number[] = [];
    for (let row = i * stride - padding; row < i * stride - padding + kernelSize; row++) {
      for (let column = j * stride - padding; column < j * stride - padding + kernelSize; column++) {
        if (row >= 0 && row < h && column >= 0 && column < w) values.push(at(x, image, row, column, channel));
      }
    }
    return reduce(values);
  });
}

const samples = cases.map(({ shape, options }) => ({ name: `${nameOf(shape)}, ${JSON.stringify(options)}`, inputs: { x: { shape } }, attrs: options }));

testOp<"x", never, Pool2dOptions>(gpu, {
  name: "maxPool2d",
  run: ({ x }, options) => maxPool2d(x, options),
  reference: ({ x }, options) => pool(x, options, (values) => Math.max(...values)),
  terms: (_, { kernelSize }) => ({ forward: 0, gradient: kernelSize ** 2 }),
  samples,
  errors: [
    {
      name: "an image smaller than a window",
      call: (device) => maxPool2d(Tensor.zeros(device, [1, 2, 5, 4]), { kernelSize: 3 }),
      error: ShapeError,
      message: /^maxPool2d: expected an image of at least one window of 3×3, got x \[1, 2, 5, 4\]/,
    },
    {
      name: "padding of more than half a window",
      call: (device) => maxPool2d(Tensor.zeros(device, [1, 4, 4, 4]), { kernelSize: 2, padding: 2 }),
      error: ShapeError,
      message: /^maxPool2d: expected padding of at most half of kernelSize 2, got 2/,
    },
    {
      name: "half a stride",
      call: (device) => maxPool2d(Tensor.zeros(device, [1, 4, 4, 4]), { kernelSize: 2, stride: 0.5 }),
      error: ShapeError,
      message: /^maxPool2d: expected stride to be a whole number of at least 1, got 0\.5/,
    },
  ],
});

testOp<"x", never, Pool2dOptions>(gpu, {
  name: "avgPool2d",
  run: ({ x }, options) => avgPool2d(x, options),
  reference: ({ x }, options) => pool(x, options, (values) => values.reduce((sum, value) => sum + value, 0) / options.kernelSize ** 2),
  terms: (_, { kernelSize }) => ({ forward: kernelSize ** 2 + 1, gradient: kernelSize ** 2 + 1 }),
  linear: ["x"],
  samples,
  errors: [
    {
      name: "three axes",
      call: (device) => avgPool2d(Tensor.zeros(device, [4, 4, 4]), { kernelSize: 2 }),
      error: ShapeError,
      message: /^avgPool2d: expected x of shape \[n, h, w, c\], got \[4, 4, 4\]/,
    },
  ],
});

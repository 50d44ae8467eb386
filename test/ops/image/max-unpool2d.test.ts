import { ShapeError } from "../../../src/errors.js";
import { maxPool2dWithPlaces } from "../../../src/ops/image/pool2d.js";
import { maxUnpool2d, type MaxUnpool2dOptions } from "../../../src/ops/image/max-unpool2d.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build, type Values } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";

const gpu = useGpu({ guarded: true });

const pooledTo2 = { shape: [2, 2, 3, 4] };

/** Row and column of the largest pixel in a window of the image. */
function largestIn(image: Values, { kernelSize, stride = kernelSize, padding = 0 }: MaxUnpool2dOptions, n: number, i: number, j: number, c: number): [number, number] {
  const [, h = 0, w = 0] = image.shape;
  let [most, row, column] = [-Infinity, 0, 0];
  for (let y = Math.max(0, i * stride - padding); y < Math.min(h, i * stride - padding + kernelSize); y++) {
    for (let x = Math.max(0, j * stride - padding); x < Math.min(w, j * stride - padding + kernelSize); x++) {
      if (at(image, n, y, x, c) > most) [most, row, column] = [at(image, n, y, x, c), y, x];
    }
  }
  return [row, column];
}

// The places are those of an image that is pooled first.
testOp<"x" | "image", never, MaxUnpool2dOptions>(gpu, {
  name: "maxUnpool2d",
  run: ({ x, image }, options) => maxUnpool2d(x, maxPool2dWithPlaces(image, options).places, options),
  reference({ x, image }, options) {
    const [, height = 0, width = 0, channels = 0] = image.shape;
    const y = build(image.shape, () => 0);
    build(x.shape, (n = 0, i = 0, j = 0, channel = 0) => {
      const [row, column] = largestIn(image, options, n, i, j, channel);
      return (y.data[((n * height + row) * width + column) * channels + channel] = at(x, n, i, j, channel));
    });
    return y;
  },
  terms: () => ({ forward: 0, gradient: 0 }),
  linear: ["x"],
  constants: ["image"],
  samples: [
    { name: "windows of 2", inputs: { x: pooledTo2, image: { shape: [2, 4, 6, 4] } }, attrs: { kernelSize: 2 } },
    {
      name: "windows of 3 with padding, 3 channels",
      inputs: { x: { shape: [1, 2, 3, 3] }, image: { shape: [1, 4, 7, 3] } },
      attrs: { kernelSize: 3, padding: 1 },
    },
    {
      name: "a rest that no window has",
      inputs: { x: pooledTo2, image: { shape: [2, 5, 7, 4] } },
      attrs: { kernelSize: 2, outputSize: [5, 7] },
    },
    {
      name: "gaps between windows",
      inputs: { x: { shape: [1, 2, 2, 1] }, image: { shape: [1, 5, 5, 1] } },
      attrs: { kernelSize: 2, stride: 3 },
    },
  ],
  errors: [
    {
      name: "windows that overlap",
      call: (device) => maxUnpool2d(Tensor.zeros(device, [1, 2, 2, 1]), Tensor.zeros(device, [1, 2, 2, 1]), { kernelSize: 3, stride: 2 }),
      error: ShapeError,
      message: /^maxUnpool2d: expected windows that do not overlap, got stride 2 below kernelSize 3/,
    },
    {
      name: "another output size",
      call: (device) =>
        maxUnpool2d(Tensor.zeros(device, [1, 2, 2, 1]), Tensor.zeros(device, [1, 2, 2, 1]), { kernelSize: 2, outputSize: [6, 4] }),
      error: ShapeError,
      message: /^maxUnpool2d: expected x and places of the pooled shape of \[1, 6, 4, 1\], got \[1, 2, 2, 1\] and \[1, 2, 2, 1\]/,
    },
  ],
});

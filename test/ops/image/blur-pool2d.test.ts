import { ShapeError } from "../../../src/errors.js";
import { blurPool2d } from "../../../src/ops/image/blur-pool2d.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build, reflected } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

// Edges of 2 and 3 pixels, where both reflections meet, and even and odd sizes.
const shapes = [[1, 2, 2, 1], [1, 2, 3, 4], [2, 3, 5, 3], [1, 4, 2, 8], [3, 5, 9, 4], [2, 7, 6, 5]];
const offsets = [-1, 0, 1];

testOp<"x", never, undefined>(gpu, {
  name: "blurPool2d",
  run: ({ x }) => blurPool2d(x),
  reference({ x }) {
    const [n = 0, h = 0, w = 0, c = 0] = x.shape;
    return build([n, Math.ceil(h / 2), Math.ceil(w / 2), c], (image = 0, row = 0, column = 0, channel = 0) => {
      let sum = 0;
      for (const a of offsets) {
        for (const b of offsets) {
          const value = at(x, image, reflected(2 * row + a, h), reflected(2 * column + b, w), channel);
          sum += ((2 - Math.abs(a)) * (2 - Math.abs(b)) * value) / 16;
        }
      }
      return sum;
    });
  },
  terms: () => ({ forward: 9, gradient: 9 }),
  linear: ["x"],
  samples: shapes.map((shape) => ({ name: nameOf(shape), inputs: { x: { shape } }, attrs: undefined })),
  errors: [
    {
      name: "one line of pixels",
      call: (device) => blurPool2d(Tensor.zeros(device, [1, 1, 5, 4])),
      error: ShapeError,
      message: /^blurPool2d: expected at least 2×2 pixels, which can be reflected, got x \[1, 1, 5, 4\]/,
    },
    {
      name: "three axes",
      call: (device) => blurPool2d(Tensor.zeros(device, [3, 5, 1])),
      error: ShapeError,
      message: /^blurPool2d: expected x of shape \[n, h, w, c\], got \[3, 5, 1\]/,
    },
  ],
});

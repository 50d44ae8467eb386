import { ShapeError } from "../../src/errors.js";
import { upsample2d } from "../../src/ops/upsample2d.js";
import { Tensor } from "../../src/tensor.js";
import { useGpu } from "../support/device.js";
import { at, build } from "../support/float64.js";
import { testOp } from "../support/op-runner.js";

const gpu = useGpu({ guarded: true });

testOp<"x", never, null>(gpu, {
  name: "upsample2d",
  run: ({ x }) => upsample2d(x),
  reference({ x }) {
    const [n = 0, h = 0, w = 0, c = 0] = x.shape;
    return build([n, 2 * h, 2 * w, c], (image, row, column, channel) =>
      at(x, image, Math.floor(row / 2), Math.floor(column / 2), channel),
    );
  },
  terms: () => ({ forward: 0, gradient: 4 }),
  linear: ["x"],
  samples: [
    { name: "one pixel", inputs: { x: { shape: [1, 1, 1, 1] } }, attrs: null },
    { name: "3 channels", inputs: { x: { shape: [2, 3, 5, 3] } }, attrs: null },
    { name: "8 channels", inputs: { x: { shape: [3, 4, 2, 8] } }, attrs: null },
  ],
  errors: [
    {
      name: "three axes",
      call: (device) => upsample2d(Tensor.zeros(device, [3, 5, 1])),
      error: ShapeError,
      message: /^upsample2d: expected x of shape \[n, h, w, c\], got \[3, 5, 1\]/,
    },
  ],
});

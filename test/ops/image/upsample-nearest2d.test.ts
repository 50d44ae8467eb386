import { ShapeError } from "../../../src/errors.js";
import { upsampleNearest2d } from "../../../src/ops/image/upsample-nearest2d.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

const shapes = [[1, 1, 1, 1], [1, 1, 1, 4], [2, 3, 5, 3], [1, 4, 1, 8], [3, 2, 9, 4], [2, 7, 6, 5]];

testOp<"x", never, undefined>(gpu, {
  name: "upsampleNearest2d",
  run: ({ x }) => upsampleNearest2d(x),
  reference({ x }) {
    const [n = 0, h = 0, w = 0, c = 0] = x.shape;
    return build([n, 2 * h, 2 * w, c], (image = 0, row = 0, column = 0, channel = 0) =>
      at(x, image, Math.floor(row / 2), Math.floor(column / 2), channel),
    );
  },
  terms: () => ({ forward: 0, gradient: 4 }),
  linear: ["x"],
  samples: shapes.map((shape) => ({ name: nameOf(shape), inputs: { x: { shape } }, attrs: undefined })),
  errors: [
    {
      name: "three axes",
      call: (gpu) => upsampleNearest2d(Tensor.zeros(gpu, [3, 5, 1])),
      error: ShapeError,
      message: /^upsampleNearest2d: expected x of shape \[n, h, w, c\], got \[3, 5, 1\]/,
    },
  ],
});

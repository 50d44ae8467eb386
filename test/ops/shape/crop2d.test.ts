import { ShapeError } from "../../../src/errors.js";
import { crop2d, type Rectangle } from "../../../src/ops/shape/crop2d.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";

const gpu = useGpu({ guarded: true });

testOp<"x", never, Rectangle>(gpu, {
  name: "crop2d",
  run: ({ x }, rectangle) => crop2d(x, rectangle),
  reference({ x }, { top, left, height, width }) {
    const [n = 0, , , c = 0] = x.shape;
    return build([n, height, width, c], (image = 0, i = 0, j = 0, channel = 0) => at(x, image, top + i, left + j, channel));
  },
  terms: () => ({ forward: 0, gradient: 0 }),
  linear: ["x"],
  samples: [
    { name: "the middle", inputs: { x: { shape: [2, 5, 6, 4] } }, attrs: { top: 1, left: 2, height: 3, width: 2 } },
    { name: "a corner of three channels", inputs: { x: { shape: [2, 4, 5, 3] } }, attrs: { top: 2, left: 3, height: 2, width: 2 } },
    { name: "all", inputs: { x: { shape: [1, 3, 2, 1] } }, attrs: { top: 0, left: 0, height: 3, width: 2 } },
  ],
  errors: [
    {
      name: "a rectangle past the edge",
      call: (device) => crop2d(Tensor.zeros(device, [1, 4, 5, 3]), { top: 2, left: 0, height: 3, width: 5 }),
      error: ShapeError,
      message: /^crop2d: expected a rectangle inside x \[1, 4, 5, 3\], got 3 lines from 2 on and 5 columns from 0 on/,
    },
    {
      name: "no lines",
      call: (device) => crop2d(Tensor.zeros(device, [1, 4, 5, 3]), { top: 2, left: 0, height: 0, width: 5 }),
      error: ShapeError,
      message: /^crop2d: expected height to be a whole number of at least 1, got 0/,
    },
  ],
});

import { ShapeError } from "../../../src/errors.js";
import { flip } from "../../../src/ops/shape/flip.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";

const gpu = useGpu({ guarded: true });

testOp<"x", never, number>(gpu, {
  name: "flip",
  run: ({ x }, axis) => flip(x, axis),
  reference({ x }, axis) {
    const place = axis < 0 ? axis + x.shape.length : axis;
    return build(x.shape, (...index) => at(x, ...index.with(place, (x.shape[place] ?? 0) - 1 - (index[place] ?? 0))));
  },
  terms: () => ({ forward: 0, gradient: 0 }),
  linear: ["x"],
  samples: [
    { name: "left and right", inputs: { x: { shape: [2, 3, 5, 4] } }, attrs: 2 },
    { name: "left and right of three channels", inputs: { x: { shape: [2, 3, 4, 3] } }, attrs: -2 },
    { name: "top and bottom", inputs: { x: { shape: [2, 5, 3, 4] } }, attrs: 1 },
    { name: "images", inputs: { x: { shape: [3, 2, 2, 1] } }, attrs: 0 },
    { name: "channels", inputs: { x: { shape: [1, 2, 2, 8] } }, attrs: 3 },
    { name: "one column", inputs: { x: { shape: [2, 3, 1, 4] } }, attrs: 2 },
  ],
  errors: [
    {
      name: "no such axis",
      call: (device) => flip(Tensor.zeros(device, [2, 3]), 2),
      error: ShapeError,
      message: /^flip: expected an axis of x \[2, 3\], got 2/,
    },
  ],
});

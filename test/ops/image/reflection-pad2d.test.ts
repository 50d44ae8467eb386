import { ShapeError } from "../../../src/errors.js";
import { reflectionPad2d, type Padding2d } from "../../../src/ops/image/reflection-pad2d.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build, reflected } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";

const gpu = useGpu({ guarded: true });

const even = (size: number): Padding2d => ({ top: size, bottom: size, left: size, right: size });

testOp<"x", never, Padding2d>(gpu, {
  name: "reflectionPad2d",
  run: ({ x }, padding) => reflectionPad2d(x, padding),
  reference({ x }, { top, bottom, left, right }) {
    const [n = 0, h = 0, w = 0, c = 0] = x.shape;
    return build([n, h + top + bottom, w + left + right, c], (image, row, column, channel) =>
      at(x, image, reflected(row - top, h), reflected(column - left, w), channel),
    );
  },
  // An element shows at most nine times.
  terms: () => ({ forward: 0, gradient: 9 }),
  linear: ["x"],
  samples: [
    { name: "one pixel, no padding", inputs: { x: { shape: [1, 1, 1, 3] } }, attrs: even(0) },
    { name: "1 around", inputs: { x: { shape: [2, 4, 5, 4] } }, attrs: even(1) },
    { name: "3 around, 3 channels", inputs: { x: { shape: [1, 5, 7, 3] } }, attrs: even(3) },
    { name: "as large as allowed", inputs: { x: { shape: [2, 4, 4, 1] } }, attrs: even(3) },
    { name: "asymmetric", inputs: { x: { shape: [1, 4, 5, 4] } }, attrs: { top: 3, bottom: 0, left: 1, right: 4 } },
    {
      name: "bottom and right, 5 channels",
      inputs: { x: { shape: [2, 3, 6, 5] } },
      attrs: { top: 0, bottom: 2, left: 0, right: 5 },
    },
    { name: "one row", inputs: { x: { shape: [1, 1, 6, 8] } }, attrs: { top: 0, bottom: 0, left: 5, right: 2 } },
  ],
  errors: [
    {
      name: "padding as large as the image",
      call: (gpu) => reflectionPad2d(Tensor.zeros(gpu, [1, 3, 5, 1]), 3),
      error: ShapeError,
      message: /^reflectionPad2d: expected reflection padding of whole numbers smaller than the image, got top 3/,
    },
    {
      name: "negative padding",
      call: (gpu) => reflectionPad2d(Tensor.zeros(gpu, [1, 3, 5, 1]), { ...even(0), left: -1 }),
      error: ShapeError,
      message: /got top 0, bottom 0, left -1, right 0 for x \[1, 3, 5, 1\]/,
    },
    {
      name: "three axes",
      call: (gpu) => reflectionPad2d(Tensor.zeros(gpu, [3, 5, 1]), 1),
      error: ShapeError,
      message: /^reflectionPad2d: expected x of shape \[n, h, w, c\], got \[3, 5, 1\]/,
    },
  ],
});

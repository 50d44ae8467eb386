import { ShapeError } from "../../../src/errors.js";
import { narrow } from "../../../src/ops/shape/narrow.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";

const gpu = useGpu({ guarded: true });

interface Range {
  readonly axis: number;
  readonly start: number;
  readonly length: number;
}

const range = (axis: number, start: number, length: number): Range => ({ axis, start, length });

testOp<"x", never, Range>(gpu, {
  name: "narrow",
  run: ({ x }, { axis, start, length }) => narrow(x, axis, start, length),
  reference({ x }, { axis, start, length }) {
    const shape = x.shape.map((extent, i) => (i === axis ? length : extent));
    return build(shape, (...index) => at(x, ...index.with(axis, (index[axis] ?? 0) + start)));
  },
  terms: () => ({ forward: 0, gradient: 0 }),
  linear: ["x"],
  samples: [
    { name: "the first image", inputs: { x: { shape: [2, 3, 5, 3] } }, attrs: range(0, 0, 1) },
    { name: "the last image", inputs: { x: { shape: [3, 2, 2, 4] } }, attrs: range(0, 2, 1) },
    { name: "all", inputs: { x: { shape: [2, 3, 1, 1] } }, attrs: range(0, 0, 2) },
    { name: "rows in the middle", inputs: { x: { shape: [2, 5, 3, 4] } }, attrs: range(1, 1, 3) },
    { name: "four channels of 12", inputs: { x: { shape: [1, 2, 3, 12] } }, attrs: range(3, 4, 4) },
    { name: "channels off the vec4", inputs: { x: { shape: [1, 2, 3, 7] } }, attrs: range(3, 2, 3) },
  ],
  errors: [
    {
      name: "a range past the end",
      call: (device) => narrow(Tensor.zeros(device, [2, 3, 3, 1]), 0, 1, 2),
      error: ShapeError,
      message: /^narrow: expected a range inside axis 0 of \[2, 3, 3, 1\], got 2 from 1 on/,
    },
    {
      name: "no such axis",
      call: (device) => narrow(Tensor.zeros(device, [2, 3]), 2, 0, 1),
      error: ShapeError,
      message: /^narrow: expected an axis below 2 \(\[2, 3\]\), got 2/,
    },
  ],
});

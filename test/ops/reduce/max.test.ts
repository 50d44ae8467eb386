import { ShapeError } from "../../../src/errors.js";
import { max } from "../../../src/ops/reduce/max.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

const cases = [
  { shape: [1], axis: 0 },
  { shape: [7], axis: -1 },
  { shape: [3, 8], axis: 0 },
  { shape: [3, 8], axis: 1 },
  { shape: [2, 5, 3, 4], axis: 1 },
  { shape: [64], axis: 0 },
  { shape: [3, 131], axis: 1 },
  { shape: [2, 200, 3], axis: 1 },
];

testOp<"x", never, number>(gpu, {
  name: "max",
  run: ({ x }, axis) => max(x, axis),
  reference({ x }, axis) {
    const place = axis < 0 ? axis + x.shape.length : axis;
    const extent = x.shape[place] ?? 0;
    return build(x.shape.toSpliced(place, 1), (...index) =>
      Math.max(...Array.from({ length: extent }, (_, i) => at(x, ...index.toSpliced(place, 0, i)))),
    );
  },
  terms: () => ({ forward: 0, gradient: 0 }),
  samples: cases.map(({ shape, axis }) => ({ name: `${nameOf(shape)} along ${axis}`, inputs: { x: { shape } }, attrs: axis })),
  errors: [
    {
      name: "an axis that x lacks",
      call: (device) => max(Tensor.zeros(device, [2, 3]), 2),
      error: ShapeError,
      message: /^max: expected an axis of x \[2, 3\], got 2/,
    },
    {
      name: "an axis without elements",
      call: (device) => max(Tensor.empty(device, [2, 0])),
      error: ShapeError,
      message: /^max: expected an axis of 1 to 16777216 elements, got 0 along axis 1 of x \[2, 0\]/,
    },
  ],
});

import { ShapeError } from "../../../src/errors.js";
import { l2Normalize } from "../../../src/ops/norm/l2-normalize.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { map } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

// One element, rows shorter and longer than a workgroup, and several rows.
const shapes = [[1], [5], [3, 4], [2, 3, 65], [7, 256], [130, 3]];

testOp<"x", never, number>(gpu, {
  name: "l2Normalize",
  run: ({ x }, epsilon) => l2Normalize(x, epsilon),
  reference({ x }, epsilon) {
    const columns = x.shape.at(-1) ?? 1;
    const squares = new Map<number, number>();
    x.data.forEach((value, i) => squares.set(Math.floor(i / columns), (squares.get(Math.floor(i / columns)) ?? 0) + value * value));
    return map(x, (value, i) => value / (Math.sqrt(squares.get(Math.floor(i / columns)) ?? 0) + epsilon));
  },
  terms: ({ x }) => ({ forward: x.shape.at(-1) ?? 1, gradient: 2 * (x.shape.at(-1) ?? 1) }),
  samples: [
    ...shapes.map((shape) => ({ name: nameOf(shape), inputs: { x: { shape } }, attrs: 0.5 })),
    { name: "[3, 17], epsilon 1e-7", inputs: { x: { shape: [3, 17] } }, attrs: 1e-7 },
  ],
  errors: [
    {
      name: "a scalar",
      call: (device) => l2Normalize(Tensor.zeros(device, [])),
      error: ShapeError,
      message: /^l2Normalize: expected vectors along the last axis, got x \[\]/,
    },
    {
      name: "no epsilon",
      call: (device) => l2Normalize(Tensor.zeros(device, [4]), 0),
      error: ShapeError,
      message: /^l2Normalize: expected epsilon above 0, got 0/,
    },
  ],
});

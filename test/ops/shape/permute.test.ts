import { ShapeError } from "../../../src/errors.js";
import { permute, transpose } from "../../../src/ops/shape/permute.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";

const gpu = useGpu({ guarded: true });

const cases = [
  { shape: [], order: [] },
  { shape: [3], order: [0] },
  { shape: [3, 5], order: [1, 0] },
  { shape: [2, 3, 4], order: [2, 0, 1] },
  { shape: [2, 3, 5, 4], order: [0, 3, 1, 2] },
  { shape: [2, 3, 5, 4], order: [3, 2, 1, 0] },
];

testOp<"x", never, readonly number[]>(gpu, {
  name: "permute",
  run: ({ x }, order) => permute(x, order),
  reference({ x }, order) {
    return build(order.map((axis) => x.shape[axis] ?? 0), (...index) => at(x, ...x.shape.map((_, axis) => index[order.indexOf(axis)] ?? 0)));
  },
  terms: () => ({ forward: 0, gradient: 0 }),
  linear: ["x"],
  samples: cases.map(({ shape, order }) => ({ name: `[${shape.join(", ")}] in the order [${order.join(", ")}]`, inputs: { x: { shape } }, attrs: order })),
  errors: [
    {
      name: "an axis twice",
      call: (device) => permute(Tensor.zeros(device, [2, 3]), [0, 0]),
      error: ShapeError,
      message: /^permute: expected each axis of x \[2, 3\] once, got \[0, 0\]/,
    },
    {
      name: "five axes",
      call: (device) => permute(Tensor.zeros(device, [1, 2, 1, 1, 3]), [4, 3, 2, 1, 0]),
      error: ShapeError,
      message: /^permute: expected at most 4 axes/,
    },
  ],
});

testOp<"x", never, readonly [number, number]>(gpu, {
  name: "transpose",
  run: ({ x }, [a, b]) => transpose(x, a, b),
  reference({ x }, [a, b]) {
    const order = x.shape.map((_, axis) => axis);
    const [first = 0, second = 0] = [order.at(a), order.at(b)];
    [order[first], order[second]] = [second, first];
    return build(order.map((axis) => x.shape[axis] ?? 0), (...index) => at(x, ...order.map((axis) => index[axis] ?? 0)));
  },
  terms: () => ({ forward: 0, gradient: 0 }),
  linear: ["x"],
  samples: [
    { name: "the last two", inputs: { x: { shape: [2, 3, 4] } }, attrs: [-2, -1] },
    { name: "the outer two", inputs: { x: { shape: [2, 3, 4] } }, attrs: [0, 2] },
  ],
  errors: [
    {
      name: "a vector",
      call: (device) => transpose(Tensor.zeros(device, [3])),
      error: ShapeError,
      message: /^transpose: expected two axes of x \[3\], got -2 and -1/,
    },
  ],
});

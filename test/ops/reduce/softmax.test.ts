import { ShapeError } from "../../../src/errors.js";
import { logSoftmax, softmax } from "../../../src/ops/reduce/softmax.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { map, type Draw, type Values } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

const shapes = [[1], [5], [3, 4], [2, 3, 65], [130, 10]];
/** Exponentials of these overflow without the maximum subtracted. */
const large: Draw = (random) => 80 * Math.sign(random.normal()) + random.normal();

/** ln Σ exp(x) of the row of each element. */
function logSums({ shape, data }: Values): (offset: number) => number {
  const columns = shape.at(-1) ?? 1;
  const rows = Array.from({ length: data.length / columns }, (_, row) => {
    const values = data.subarray(row * columns, (row + 1) * columns);
    const largest = Math.max(...values);
    return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
  });
  return (offset) => rows[Math.floor(offset / columns)] ?? Number.NaN;
}

const samples = [
  ...shapes.map((shape) => ({ name: nameOf(shape), inputs: { x: { shape } }, attrs: null })),
  { name: "logits of ±80", inputs: { x: { shape: [3, 7], draw: large } }, attrs: null, condition: 80 },
];

testOp<"x", never, null>(gpu, {
  name: "softmax",
  run: ({ x }) => softmax(x),
  reference({ x }) {
    const logSum = logSums(x);
    return map(x, (value, i) => Math.exp(value - logSum(i)));
  },
  terms: ({ x }) => ({ forward: (x.shape.at(-1) ?? 1) + 8, gradient: 2 * (x.shape.at(-1) ?? 1) + 8 }),
  samples,
  errors: [
    {
      name: "a scalar",
      call: (device) => softmax(Tensor.zeros(device, [])),
      error: ShapeError,
      message: /^softmax: expected vectors along the last axis, got x \[\]/,
    },
  ],
});

testOp<"x", never, null>(gpu, {
  name: "logSoftmax",
  run: ({ x }) => logSoftmax(x),
  reference({ x }) {
    const logSum = logSums(x);
    return map(x, (value, i) => value - logSum(i));
  },
  terms: ({ x }) => ({ forward: (x.shape.at(-1) ?? 1) + 8, gradient: 2 * (x.shape.at(-1) ?? 1) + 8 }),
  samples,
});

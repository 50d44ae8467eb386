import { ShapeError } from "../../../src/errors.js";
import { crossEntropyLoss } from "../../../src/ops/losses/cross-entropy-loss.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { scalar, type Draw } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";

const gpu = useGpu({ guarded: true });

const large: Draw = (random) => 80 * Math.sign(random.normal()) + random.normal();

const cases = [
  { name: "one row", shape: [1, 3], labels: [2] },
  { name: "rows of four", shape: [5, 4], labels: [0, 3, 1, 1, 2] },
  { name: "pixels, some ignored", shape: [2, 2, 3, 5], labels: [0, 4, 255, 2, 1, 255, 255, 3, 0, 0, 4, 4], ignoreIndex: 255 },
  { name: "all ignored", shape: [2, 3], labels: [-100, -100] },
  { name: "more classes than a workgroup", shape: [3, 130], labels: [129, 0, 64] },
  { name: "logits of ±80", shape: [4, 7], labels: [0, 1, 2, 6], draw: large, condition: 80 },
  { name: "logits of ±80, many classes", shape: [3, 70], labels: [0, 69, 33], draw: large, condition: 80 },
  { name: "one class less than a workgroup", shape: [70, 63], labels: Array.from({ length: 70 }, (_, row) => row % 63) },
];

testOp<"x", never, { labels: readonly number[]; ignoreIndex?: number }>(gpu, {
  name: "crossEntropyLoss",
  run: ({ x }, { labels, ...options }) => crossEntropyLoss(x, labels, options),
  reference({ x }, { labels, ignoreIndex = -100 }) {
    const columns = x.shape.at(-1) ?? 1;
    let [total, count] = [0, 0];
    for (const [row, label] of labels.entries()) {
      if (label === ignoreIndex) continue;
      const values = x.data.subarray(row * columns, (row + 1) * columns);
      const largest = Math.max(...values);
      total += largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0)) - (values[label] ?? Number.NaN);
      count++;
    }
    return scalar(count === 0 ? 0 : total / count);
  },
  terms: ({ x }) => ({ forward: (x.shape.at(-1) ?? 1) + 12, gradient: (x.shape.at(-1) ?? 1) + 8 }),
  samples: cases.map(({ name, shape, draw, condition = 1, ...attrs }) => ({ name, inputs: { x: draw ? { shape, draw } : { shape } }, attrs, condition })),
  errors: [
    {
      name: "too few labels",
      call: (device) => crossEntropyLoss(Tensor.zeros(device, [2, 3]), [1]),
      error: ShapeError,
      message: /^crossEntropyLoss: expected 2 labels for logits \[2, 3\], got 1/,
    },
    {
      name: "a label that is no class",
      call: (device) => crossEntropyLoss(Tensor.zeros(device, [2, 3]), [1, 3]),
      error: ShapeError,
      message: /^crossEntropyLoss: expected labels of whole numbers below 3, or -100 to ignore one, got 3/,
    },
  ],
});

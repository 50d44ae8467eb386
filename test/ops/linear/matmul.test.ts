import { ShapeError } from "../../../src/errors.js";
import { linear, matmul } from "../../../src/ops/linear/matmul.js";
import type { Shape } from "../../../src/shape.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

const pairs: readonly (readonly [Shape, Shape])[] = [
  [[1, 1], [1, 1]],
  [[3, 5], [5, 2]],
  [[8, 16], [16, 12]],
  [[1, 40, 3], [1, 3, 36]],
  [[2, 3, 5], [2, 5, 7]],
  [[2, 3, 8, 4], [2, 3, 4, 9]],
  [[2, 9, 8], [2, 8, 4]],
  [[3, 19, 12], [3, 12, 20]],
  [[2, 16, 4], [2, 4, 16]],
];

testOp<"a" | "b", never, null>(gpu, {
  name: "matmul",
  run: ({ a, b }) => matmul(a, b),
  reference({ a, b }) {
    const depth = a.shape.at(-1) ?? 0;
    return build([...a.shape.slice(0, -1), b.shape.at(-1) ?? 0], (...index) => {
      const [lead, row = 0, column = 0] = [index.slice(0, -2), index.at(-2), index.at(-1)];
      let sum = 0;
      for (let d = 0; d < depth; d++) sum += at(a, ...lead, row, d) * at(b, ...lead, d, column);
      return sum;
    });
  },
  terms: ({ a, b }) => ({ forward: a.shape.at(-1) ?? 1, gradient: Math.max(a.shape.at(-2) ?? 1, b.shape.at(-1) ?? 1) }),
  linear: ["a", "b"],
  samples: pairs.map(([a, b]) => ({ name: `${nameOf(a)} by ${nameOf(b)}`, inputs: { a: { shape: a }, b: { shape: b } }, attrs: null })),
  errors: [
    {
      name: "matrices that do not fit",
      call: (device) => matmul(Tensor.zeros(device, [2, 3]), Tensor.zeros(device, [2, 3])),
      error: ShapeError,
      message: /^matmul: expected a \[\.\.\., m, k\] and b \[\.\.\., k, n\] with the same leading axes, got \[2, 3\] and \[2, 3\]/,
    },
    {
      name: "different numbers of matrices",
      call: (device) => matmul(Tensor.zeros(device, [2, 2, 3]), Tensor.zeros(device, [3, 3, 2])),
      error: ShapeError,
      message: /^matmul: .* got \[2, 2, 3\] and \[3, 3, 2\]/,
    },
    {
      name: "a vector",
      call: (device) => matmul(Tensor.zeros(device, [3]), Tensor.zeros(device, [3, 2])),
      error: ShapeError,
      message: /^matmul: .* got \[3\] and \[3, 2\]/,
    },
  ],
});

const layers: readonly (readonly [x: Shape, weight: Shape, hasBias: boolean])[] = [
  [[1], [1, 1], true],
  [[5], [5, 3], false],
  [[7, 12], [12, 8], true],
  [[2, 3, 6], [6, 10], true],
];

testOp<"x" | "weight", "bias", null>(gpu, {
  name: "linear",
  run: ({ x, weight, bias }) => linear(x, weight, bias),
  reference({ x, weight, bias }) {
    const [inputs = 0, outputs = 0] = weight.shape;
    return build([...x.shape.slice(0, -1), outputs], (...index) => {
      const out = index.at(-1) ?? 0;
      let sum = bias ? at(bias, out) : 0;
      for (let d = 0; d < inputs; d++) sum += at(x, ...index.slice(0, -1), d) * at(weight, d, out);
      return sum;
    });
  },
  terms: ({ x, weight }) => ({ forward: (x.shape.at(-1) ?? 1) + 1, gradient: Math.max(weight.shape[1] ?? 1, 32) }),
  linear: ["x", "weight"],
  parameters: ["weight", "bias"],
  samples: layers.map(([x, weight, hasBias]) => ({
    name: `${nameOf(x)} by ${nameOf(weight)}${hasBias ? " with a bias" : ""}`,
    inputs: { x: { shape: x }, weight: { shape: weight }, ...(hasBias && { bias: { shape: [weight[1] ?? 0] } }) },
    attrs: null,
  })),
  errors: [
    {
      name: "a weight of other inputs",
      call: (device) => linear(Tensor.zeros(device, [2, 3]), Tensor.zeros(device, [4, 5])),
      error: ShapeError,
      message: /^linear: expected x \[\.\.\., in\], weight \[in, out\] and bias \[out\], got \[2, 3\], \[4, 5\]/,
    },
    {
      name: "a bias of other outputs",
      call: (device) => linear(Tensor.zeros(device, [2, 3]), Tensor.zeros(device, [3, 5]), Tensor.zeros(device, [3])),
      error: ShapeError,
      message: /got \[2, 3\], \[3, 5\] and \[3\]/,
    },
  ],
});

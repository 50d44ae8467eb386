import { ShapeError } from "../../../src/errors.js";
import { mul } from "../../../src/ops/elementwise/mul.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { map } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { elementwiseShapes, nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

testOp<"a" | "b", never, null>(gpu, {
  name: "mul",
  run: ({ a, b }) => mul(a, b),
  reference: ({ a, b }) => map(a, (value, i) => value * (b.data[i] ?? 0)),
  terms: () => ({ forward: 1, gradient: 1 }),
  linear: ["a", "b"],
  samples: elementwiseShapes.map((shape) => ({
    name: nameOf(shape),
    inputs: { a: { shape }, b: { shape } },
    attrs: null,
  })),
  errors: [
    {
      name: "different shapes",
      call: (gpu) => mul(Tensor.zeros(gpu, [4]), Tensor.zeros(gpu, [2, 2])),
      error: ShapeError,
      message: /^mul: expected two tensors of one shape, got \[4\] and \[2, 2\]/,
    },
  ],
});

testOp<"x", never, null>(gpu, {
  name: "mul of a tensor with itself",
  run: ({ x }) => mul(x, x),
  reference: ({ x }) => map(x, (value) => value * value),
  terms: () => ({ forward: 1, gradient: 2 }),
  samples: elementwiseShapes.map((shape) => ({ name: nameOf(shape), inputs: { x: { shape } }, attrs: null })),
});

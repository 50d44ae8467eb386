import { ShapeError } from "../../src/errors.js";
import { add, sub } from "../../src/ops/add.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";
import { map } from "../support/float64.js";
import type { ErrorCase } from "../support/op-case.js";
import { testOp } from "../support/op-runner.js";
import { elementwiseShapes, nameOf } from "../support/samples.js";

const gpu = useGpu({ guarded: true });

const samples = elementwiseShapes.map((shape) => ({
  name: nameOf(shape),
  inputs: { a: { shape }, b: { shape } },
  attrs: null,
}));

function differentShapes(name: string, op: typeof add): ErrorCase {
  return {
    name: "different shapes",
    call: (gpu) => op(Tensor.zeros(gpu, [1, 2, 3, 4]), Tensor.zeros(gpu, [1, 2, 3, 1])),
    error: ShapeError,
    message: new RegExp(`^${name}: expected two tensors of one shape, got \\[1, 2, 3, 4\\] and \\[1, 2, 3, 1\\]`),
  };
}

testOp<"a" | "b", never, null>(gpu, {
  name: "add",
  run: ({ a, b }) => add(a, b),
  reference: ({ a, b }) => map(a, (value, i) => value + (b.data[i] ?? 0)),
  terms: () => ({ forward: 1, gradient: 0 }),
  linear: ["a", "b"],
  samples,
  errors: [differentShapes("add", add)],
});

testOp<"a" | "b", never, null>(gpu, {
  name: "sub",
  run: ({ a, b }) => sub(a, b),
  reference: ({ a, b }) => map(a, (value, i) => value - (b.data[i] ?? 0)),
  terms: () => ({ forward: 1, gradient: 0 }),
  linear: ["a", "b"],
  samples,
  errors: [differentShapes("sub", sub)],
});

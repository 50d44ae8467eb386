import { ShapeError } from "../../../src/errors.js";
import { add } from "../../../src/ops/elementwise/add.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { map } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { elementwiseShapes, nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

testOp<"a" | "b", never, null>(gpu, {
  name: "add",
  run: ({ a, b }) => add(a, b),
  reference: ({ a, b }) => map(a, (value, i) => value + (b.data[i] ?? 0)),
  terms: () => ({ forward: 1, gradient: 0 }),
  linear: ["a", "b"],
  samples: elementwiseShapes.map((shape) => ({ name: nameOf(shape), inputs: { a: { shape }, b: { shape } }, attrs: null })),
  errors: [
    {
      name: "different shapes",
      call: (device) => add(Tensor.zeros(device, [1, 2, 3, 4]), Tensor.zeros(device, [1, 2, 3, 1])),
      error: ShapeError,
      message: /^add: expected two tensors of one shape, got \[1, 2, 3, 4\] and \[1, 2, 3, 1\]/,
    },
  ],
});

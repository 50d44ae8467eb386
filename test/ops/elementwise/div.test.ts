import { ShapeError } from "../../../src/errors.js";
import { div } from "../../../src/ops/elementwise/div.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { map, type Draw } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { elementwiseShapes, nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

/** Of either sign, and not near 0. */
const divisor: Draw = (random) => (random.uniform() < 0.5 ? -1 : 1) * (0.5 + random.uniform());

testOp<"a" | "b", never, null>(gpu, {
  name: "div",
  run: ({ a, b }) => div(a, b),
  reference: ({ a, b }) => map(a, (value, i) => value / (b.data[i] ?? 0)),
  terms: () => ({ forward: 3, gradient: 6 }),
  linear: ["a"],
  samples: elementwiseShapes.map((shape) => ({
    name: nameOf(shape),
    inputs: { a: { shape }, b: { shape, draw: divisor } },
    attrs: null,
  })),
  errors: [
    {
      name: "different shapes",
      call: (device) => div(Tensor.zeros(device, [4]), Tensor.zeros(device, [2, 2])),
      error: ShapeError,
      message: /^div: expected two tensors of one shape, got \[4\] and \[2, 2\]/,
    },
  ],
});

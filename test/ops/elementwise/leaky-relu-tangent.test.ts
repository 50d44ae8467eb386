import { ShapeError } from "../../../src/errors.js";
import { leakyReluTangent } from "../../../src/ops/elementwise/leaky-relu-tangent.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { map } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { elementwiseShapes, nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

testOp<"direction" | "at", never, number>(gpu, {
  name: "leakyReluTangent",
  run: ({ direction, at }, slope) => leakyReluTangent(direction, at, slope),
  reference: ({ direction, at }, slope) => map(direction, (value, i) => ((at.data[i] ?? 0) > 0 ? value : slope * value)),
  terms: () => ({ forward: 1, gradient: 1 }),
  linear: ["direction"],
  constants: ["at"],
  samples: elementwiseShapes.flatMap((shape) =>
    [0, 0.2].map((slope) => ({ name: `${nameOf(shape)}, slope ${slope}`, inputs: { direction: { shape }, at: { shape } }, attrs: slope })),
  ),
  errors: [
    {
      name: "two shapes",
      call: (device) => leakyReluTangent(Tensor.zeros(device, [2, 3]), Tensor.zeros(device, [3, 2])),
      error: ShapeError,
      message: /^leakyReluTangent: expected two tensors of one shape, got \[2, 3\] and \[3, 2\]/,
    },
  ],
});

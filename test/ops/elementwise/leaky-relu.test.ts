import { ShapeError } from "../../../src/errors.js";
import { leakyRelu } from "../../../src/ops/elementwise/leaky-relu.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { map } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { elementwiseShapes, nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

testOp<"x", never, number>(gpu, {
  name: "leakyRelu",
  run: ({ x }, slope) => leakyRelu(x, slope),
  reference: ({ x }, slope) => map(x, (value) => (value > 0 ? value : slope * value)),
  terms: () => ({ forward: 1, gradient: 1 }),
  samples: elementwiseShapes.flatMap((shape) =>
    [0.01, 0.2, 1].map((slope) => ({
      name: `${nameOf(shape)}, slope ${slope}`,
      inputs: { x: { shape } },
      attrs: slope,
    })),
  ),
  errors: [
    {
      name: "a negative slope",
      call: (gpu) => leakyRelu(Tensor.zeros(gpu, [4]), -0.1),
      error: ShapeError,
      message: /^leakyRelu: expected a slope of at least 0, got -0.1/,
    },
  ],
});

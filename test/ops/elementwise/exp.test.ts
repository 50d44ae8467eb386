import { exp } from "../../../src/ops/elementwise/exp.js";
import { useGpu } from "../../support/device.js";
import { map } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { elementwiseShapes, nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

testOp<"x", never, null>(gpu, {
  name: "exp",
  run: ({ x }) => exp(x),
  reference: ({ x }) => map(x, (value) => Math.exp(value)),
  terms: () => ({ forward: 2, gradient: 2 }),
  samples: elementwiseShapes.map((shape) => ({ name: nameOf(shape), inputs: { x: { shape } }, attrs: null })),
});

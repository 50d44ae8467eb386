import { abs } from "../../../src/ops/elementwise/abs.js";
import { useGpu } from "../../support/device.js";
import { map } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { elementwiseShapes, nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

testOp<"x", never, null>(gpu, {
  name: "abs",
  run: ({ x }) => abs(x),
  reference: ({ x }) => map(x, (value) => Math.abs(value)),
  terms: () => ({ forward: 0, gradient: 0 }),
  samples: elementwiseShapes.map((shape) => ({ name: nameOf(shape), inputs: { x: { shape } }, attrs: null })),
});

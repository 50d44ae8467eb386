import { cast } from "../../../src/ops/elementwise/cast.js";
import { useGpu } from "../../support/device.js";
import { map } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { elementwiseShapes, nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

testOp<"x", never, null>(gpu, {
  name: "cast",
  run: ({ x }) => cast(x, "float32"),
  reference: ({ x }) => map(x, (value) => value),
  terms: () => ({ forward: 1, gradient: 1 }),
  linear: ["x"],
  samples: elementwiseShapes.map((shape) => ({ name: nameOf(shape), inputs: { x: { shape } }, attrs: null })),
});

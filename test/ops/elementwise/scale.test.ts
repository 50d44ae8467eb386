import { scale } from "../../../src/ops/elementwise/scale.js";
import { useGpu } from "../../support/device.js";
import { map } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { elementwiseShapes, nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

testOp<"x", never, number>(gpu, {
  name: "scale",
  run: ({ x }, alpha) => scale(x, alpha),
  reference: ({ x }, alpha) => map(x, (value) => alpha * value),
  terms: () => ({ forward: 1, gradient: 1 }),
  linear: ["x"],
  samples: elementwiseShapes.flatMap((shape) =>
    [-1.5, 0, 10].map((alpha) => ({ name: `${nameOf(shape)} times ${alpha}`, inputs: { x: { shape } }, attrs: alpha })),
  ),
});

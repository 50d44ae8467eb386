import { mean } from "../../../src/ops/reduce/mean.js";
import { useGpu } from "../../support/device.js";
import { scalar, total } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf, reducedShapes } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

testOp<"x", never, null>(gpu, {
  name: "mean",
  run: ({ x }) => mean(x),
  reference: ({ x }) => scalar(total(x.data) / x.data.length),
  terms: () => ({ forward: 16, gradient: 1 }),
  linear: ["x"],
  samples: reducedShapes.map((shape) => ({ name: nameOf(shape), inputs: { x: { shape } }, attrs: null })),
});

import { sum } from "../../../src/ops/reduce/sum.js";
import { sizeOf } from "../../../src/shape.js";
import { useGpu } from "../../support/device.js";
import { scalar, total } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf, reducedShapes } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

testOp<"x", never, null>(gpu, {
  name: "sum",
  run: ({ x }) => sum(x),
  reference: ({ x }) => scalar(total(x.data)),
  // A tree: 1,024 threads of 4 lanes at most, then 64 threads, then their halves.
  terms: ({ x }) => ({ forward: sizeOf(x.shape) / 64 + 16, gradient: 0 }),
  linear: ["x"],
  samples: reducedShapes.map((shape) => ({ name: nameOf(shape), inputs: { x: { shape } }, attrs: null })),
});

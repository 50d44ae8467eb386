import { mean, sum } from "../../src/ops/sum.js";
import { sizeOf, type Shape } from "../../src/shape.js";
import { useGpu } from "../support/device.js";
import { scalar, total } from "../support/float64.js";
import { testOp } from "../support/op-runner.js";
import { elementwiseShapes, nameOf } from "../support/samples.js";

const gpu = useGpu({ guarded: true });

// The last two have more elements than first-stage threads, in both widths.
const shapes: readonly Shape[] = [...elementwiseShapes, [1, 23, 47, 4], [1, 23, 47, 3]];
const samples = shapes.map((shape) => ({ name: nameOf(shape), inputs: { x: { shape } }, attrs: null }));

testOp<"x", never, null>(gpu, {
  name: "sum",
  run: ({ x }) => sum(x),
  reference: ({ x }) => scalar(total(x.data)),
  // A tree: 1,024 threads of 4 lanes at most, then 64 threads, then their halves.
  terms: ({ x }) => ({ forward: sizeOf(x.shape) / 64 + 16, gradient: 0 }),
  linear: ["x"],
  samples,
});

testOp<"x", never, null>(gpu, {
  name: "mean",
  run: ({ x }) => mean(x),
  reference: ({ x }) => scalar(total(x.data) / x.data.length),
  terms: () => ({ forward: 16, gradient: 1 }),
  linear: ["x"],
  samples,
});

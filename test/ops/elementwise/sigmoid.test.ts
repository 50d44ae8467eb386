import { sigmoid } from "../../../src/ops/elementwise/sigmoid.js";
import { useGpu } from "../../support/device.js";
import { map, type Draw } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { elementwiseShapes, nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

const saturating: Draw = (random) => (random.uniform() < 0.5 ? -80 : 80);

testOp<"x", never, null>(gpu, {
  name: "sigmoid",
  run: ({ x }) => sigmoid(x),
  reference: ({ x }) => map(x, (value) => 1 / (1 + Math.exp(-value))),
  terms: () => ({ forward: 2, gradient: 2 }),
  samples: [
    ...elementwiseShapes.map((shape) => ({ name: nameOf(shape), inputs: { x: { shape } }, attrs: null })),
    { name: "large arguments", inputs: { x: { shape: [2, 7], draw: saturating } }, attrs: null },
  ],
});

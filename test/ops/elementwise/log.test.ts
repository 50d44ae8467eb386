import { log } from "../../../src/ops/elementwise/log.js";
import { useGpu } from "../../support/device.js";
import { map, type Draw } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { elementwiseShapes, nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

const positive: Draw = (random) => 0.1 + 2 * random.uniform();
const nearOne: Draw = (random) => 1 + 0.01 * random.normal();

testOp<"x", never, null>(gpu, {
  name: "log",
  run: ({ x }) => log(x),
  reference: ({ x }) => map(x, (value) => Math.log(value)),
  terms: () => ({ forward: 2, gradient: 2 }),
  samples: [
    ...elementwiseShapes.map((shape) => ({ name: nameOf(shape), inputs: { x: { shape, draw: positive } }, attrs: null })),
    { name: "near 1", inputs: { x: { shape: [2, 7], draw: nearOne } }, attrs: null },
  ],
});

import { ShapeError } from "../../../src/errors.js";
import { dropout, type DropoutDraw } from "../../../src/ops/elementwise/dropout.js";
import { philox } from "../../../src/random.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { map } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { elementwiseShapes, nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

interface Mask extends DropoutDraw {
  readonly p: number;
}

/** The random word of an element. */
function wordOf({ seed, offset }: DropoutDraw, i: number): number {
  const counter = [Math.floor(i / 4), 0, offset % 2 ** 32, Math.floor(offset / 2 ** 32)] as const;
  return philox(counter, [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0])[i % 4] ?? 0;
}

testOp<"x", never, Mask>(gpu, {
  name: "dropout",
  run: ({ x }, { p, ...draw }) => dropout(x, p, draw),
  reference: ({ x }, { p, ...draw }) => map(x, (value, i) => (wordOf(draw, i) / 2 ** 32 >= p ? value / (1 - p) : 0)),
  terms: () => ({ forward: 2, gradient: 2 }),
  linear: ["x"],
  samples: [
    ...elementwiseShapes.map((shape) => ({ name: nameOf(shape), inputs: { x: { shape } }, attrs: { p: 0.5, seed: 1, offset: 3 } })),
    ...[0, 0.1, 0.9].map((p) => ({ name: `p ${p}`, inputs: { x: { shape: [5, 67] } }, attrs: { p, seed: -7, offset: 0 } })),
    {
      name: "a seed and an offset of 53 bits",
      inputs: { x: { shape: [130] } },
      attrs: { p: 0.3, seed: 2 ** 53 - 1, offset: 2 ** 53 - 2 },
    },
  ],
  errors: [
    {
      name: "a probability of 1",
      call: (device) => dropout(Tensor.zeros(device, [4]), 1, { seed: 0, offset: 0 }),
      error: ShapeError,
      message: /^dropout: expected a probability p in \[0, 1\), got 1/,
    },
    {
      name: "a negative offset",
      call: (device) => dropout(Tensor.zeros(device, [4]), 0.5, { seed: 0, offset: -1 }),
      error: ShapeError,
      message: /^dropout: expected a whole seed and a whole offset of at least 0, got seed 0, offset -1/,
    },
  ],
});

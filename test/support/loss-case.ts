import type { LossTarget } from "../../src/ops/loss.js";
import { ShapeError } from "../../src/errors.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import { sizeOf } from "../../src/shape.js";
import { Tensor } from "../../src/tensor.js";
import { normal, scalar, total, uniform, type Draw } from "./float64.js";
import type { OpCase, Sample } from "./op-case.js";
import { testOp } from "./op-runner.js";
import { elementwiseShapes, nameOf } from "./samples.js";

interface Loss {
  readonly name: string;
  readonly run: (x: Tensor, target: LossTarget) => Tensor;
  /** ℓ(x, t), of which the loss is the mean. */
  readonly element: (x: number, target: number) => number;
  readonly extra?: readonly Sample<"x", "target", number>[];
}

/** A patch output, and smoothed targets for it. */
const patches = [2, 3, 3, 1];
const sides: Draw = (random) => (random.uniform() < 0.5 ? 0.1 : 0.9);

function samplesOf(): Sample<"x", "target", number>[] {
  return [...elementwiseShapes, [1, 23, 47, 4], [2, 11, 13, 9]].flatMap((shape) => [
    { name: `${nameOf(shape)} and a tensor`, inputs: { x: { shape }, target: { shape, draw: uniform } }, attrs: 0 },
    { name: `${nameOf(shape)} and 1`, inputs: { x: { shape, draw: normal } }, attrs: 1 },
  ]);
}

/** Declares the tests of a loss against tensors and against numbers; `attrs` is the number. */
export function testLoss(gpu: () => Gpu, { name, run, element, extra = [] }: Loss): void {
  const op: OpCase<"x", "target", number> = {
    name,
    run: ({ x, target }, constant) => run(x, target ?? constant),
    reference: ({ x, target }, constant) =>
      scalar(total(x.data.map((value, i) => element(value, target?.data[i] ?? constant))) / x.data.length),
    // A tree of sums: elements of a first-stage lane, partials of a lane of the second stage, and its halves.
    terms: ({ x }) => ({ forward: sizeOf(x.shape) / 4096 + Math.min(64, sizeOf(x.shape) / 64) + 6, gradient: 4 }),
    constants: ["target"],
    samples: [
      ...samplesOf(),
      { name: "smoothed labels", inputs: { x: { shape: patches }, target: { shape: patches, draw: sides } }, attrs: 0 },
      ...extra,
    ],
    errors: [
      {
        name: "a target of another shape",
        call: (device) => run(Tensor.zeros(device, [2, 3]), Tensor.zeros(device, [3, 2])),
        error: ShapeError,
        message: new RegExp(`^${name}: expected two tensors of one shape, got \\[2, 3\\] and \\[3, 2\\]`),
      },
      {
        name: "a target that requires grad",
        call: (device) => run(Tensor.zeros(device, [3]), Tensor.zeros(device, [3]).withGrad()),
        error: ShapeError,
        message: new RegExp(`^${name}: expected a target that is a constant, got one that requires grad. Use detach`),
      },
    ],
  };
  testOp(gpu, op);
}

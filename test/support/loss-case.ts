import type { LossTarget } from "../../src/ops/lib/loss.js";
import { ShapeError } from "../../src/errors.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import { sizeOf } from "../../src/shape.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { normal, scalar, total, uniform, type Draw } from "./float64.js";
import type { OpCase, Sample } from "./op-case.js";
import { testOp } from "./op-runner.js";
import { elementwiseShapes, nameOf } from "./samples.js";

interface Loss {
  readonly name: string;
  readonly run: (x: Tensor, target: LossTarget, weight?: number) => Tensor;
  /** ℓ(x, t). The loss is its mean over all elements. */
  readonly element: (x: number, target: number) => number;
  readonly extra?: readonly Sample<"x", "target", LossAttributes>[];
}

/** The target, if it is not a tensor, and the weight. */
interface LossAttributes {
  readonly target?: number | readonly [number, number];
  readonly weight?: number;
}

/** The shape of a discriminator's output, and smoothed labels for it. */
const patches = [2, 3, 3, 1];
const sides: Draw = (random) => (random.uniform() < 0.5 ? 0.1 : 0.9);

function samplesOf(): Sample<"x", "target", LossAttributes>[] {
  return [...elementwiseShapes, [1, 23, 47, 4], [2, 11, 13, 9]].flatMap((shape) => [
    { name: `${nameOf(shape)} and a tensor`, inputs: { x: { shape }, target: { shape, draw: uniform } }, attrs: {} },
    { name: `${nameOf(shape)} and 1`, inputs: { x: { shape, draw: normal } }, attrs: { target: 1 } },
  ]);
}

/** Declares the tests of a loss against tensors and against numbers. */
export function testLoss(gpu: () => Gpu, { name, run, element, extra = [] }: Loss): void {
  const targetAt = (target: LossAttributes["target"], i: number, size: number): number =>
    typeof target === "object" ? target[i < size / 2 ? 0 : 1] : (target ?? Number.NaN);
  const op: OpCase<"x", "target", LossAttributes> = {
    name,
    run: ({ x, target }, { target: constant = Number.NaN, weight }) => run(x, target ?? constant, weight),
    reference({ x: { data }, target }, { target: constant, weight = 1 }) {
      const sum = total(data.map((value, i) => element(value, target?.data[i] ?? targetAt(constant, i, data.length))));
      return scalar((weight * sum) / data.length);
    },
    // A tree of sums: the elements of a lane in the first stage, the partial sums of a lane in the second, and its halvings.
    terms: ({ x }) => ({ forward: sizeOf(x.shape) / 4096 + Math.min(64, sizeOf(x.shape) / 64) + 6, gradient: 4 }),
    constants: ["target"],
    samples: [
      ...samplesOf(),
      { name: "smoothed labels", inputs: { x: { shape: patches }, target: { shape: patches, draw: sides } }, attrs: {} },
      { name: "a weight", inputs: { x: { shape: patches }, target: { shape: patches } }, attrs: { weight: 2.5 } },
      { name: "halves of whole vec4", inputs: { x: { shape: [2, 6, 6, 2] } }, attrs: { target: [1, 0], weight: 0.5 } },
      { name: "halves that divide a vec4", inputs: { x: { shape: [4, 3, 3, 1] } }, attrs: { target: [0.9, 0.1] } },
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
        name: "halves of an odd batch",
        call: (device) => run(Tensor.zeros(device, [3, 2]), [1, 0]),
        error: ShapeError,
        message: new RegExp(`^${name}: expected an even batch for a target of two halves, got \\[3, 2\\]`),
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

import { ShapeError } from "../../../src/errors.js";
import { mean } from "../../../src/ops/reduce/mean.js";
import { sum, type Reduction } from "../../../src/ops/reduce/sum.js";
import { sizeOf, type Shape } from "../../../src/shape.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build, type Values } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

interface Along extends Reduction {
  readonly axes: readonly number[];
}

const cases: readonly (readonly [Shape, Along])[] = [
  [[5], { axes: [0] }],
  [[3, 8], { axes: [-1] }],
  [[3, 8], { axes: [0], keepDim: true }],
  [[2, 3, 5, 4], { axes: [1, 2] }],
  [[2, 3, 5, 4], { axes: [-1, 0], keepDim: true }],
  [[2, 3, 4], { axes: [] }],
  [[2, 3, 4], { axes: [2, 0, 1] }],
  [[2, 700, 3], { axes: [1] }],
];

/** The sum along axes, element by element. */
function summed(x: Values, { axes, keepDim = false }: Along): Values {
  const gone = new Set(axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis)));
  const kept = x.shape.map((extent, axis) => (gone.has(axis) ? 1 : extent));
  const reduced = x.shape.map((extent, axis) => (gone.has(axis) ? extent : 1));
  const sums = build(kept, (...index) => {
    let total = 0;
    build(reduced, (...offset) => (total += at(x, ...index.map((place, axis) => place + (offset[axis] ?? 0)))));
    return total;
  });
  return keepDim ? sums : { ...sums, shape: x.shape.filter((_, axis) => !gone.has(axis)) };
}

const reducedSize = (shape: Shape, { axes }: Along): number => sizeOf(axes.map((axis) => shape.at(axis) ?? 1));

const samples = cases.map(([shape, along]) => ({
  name: `${nameOf(shape)} along [${along.axes.join(", ")}]${along.keepDim ? ", kept" : ""}`,
  inputs: { x: { shape } },
  attrs: along,
}));

testOp<"x", never, Along>(gpu, {
  name: "sum along axes",
  run: ({ x }, along) => sum(x, along),
  reference: ({ x }, along) => summed(x, along),
  terms: ({ x }, along) => ({ forward: reducedSize(x.shape, along), gradient: 0 }),
  linear: ["x"],
  samples,
  errors: [
    {
      name: "an axis that x lacks",
      call: (device) => sum(Tensor.zeros(device, [2, 3]), { axes: [2] }),
      error: ShapeError,
      message: /^sum: expected an axis of x \[2, 3\], got 2/,
    },
    {
      name: "an axis twice",
      call: (device) => sum(Tensor.zeros(device, [2, 3]), { axes: [1, -1] }),
      error: ShapeError,
      message: /^sum: expected different axes, got \[1, -1\]/,
    },
  ],
});

testOp<"x", never, Along>(gpu, {
  name: "mean along axes",
  run: ({ x }, along) => mean(x, along),
  reference({ x }, along) {
    const { shape, data } = summed(x, along);
    return { shape, data: data.map((value) => value / reducedSize(x.shape, along)) };
  },
  terms: ({ x }, along) => ({ forward: reducedSize(x.shape, along) + 1, gradient: 1 }),
  linear: ["x"],
  samples,
  errors: [
    {
      name: "an axis that x lacks",
      call: (device) => mean(Tensor.zeros(device, [2, 3]), { axes: [-3] }),
      error: ShapeError,
      message: /^mean: expected an axis of x \[2, 3\], got -3/,
    },
  ],
});

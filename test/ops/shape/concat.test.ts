import { ShapeError } from "../../../src/errors.js";
import { concat } from "../../../src/ops/shape/concat.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";

const gpu = useGpu({ guarded: true });

testOp<"a" | "b", never, number>(gpu, {
  name: "concat",
  run: ({ a, b }, axis) => concat(a, b, axis),
  reference({ a, b }, axis) {
    const first = a.shape[axis] ?? 0;
    const shape = a.shape.map((extent, i) => (i === axis ? extent + (b.shape[i] ?? 0) : extent));
    return build(shape, (...index) => {
      const place = index[axis] ?? 0;
      return place < first ? at(a, ...index) : at(b, ...index.with(axis, place - first));
    });
  },
  terms: () => ({ forward: 0, gradient: 0 }),
  linear: ["a", "b"],
  samples: [
    ...[[1, 1], [3, 3], [4, 4], [1, 3], [4, 5], [8, 4], [5, 8]].map(([first = 0, second = 0]) => ({
      name: `${first} + ${second} channels`,
      inputs: { a: { shape: [2, 3, 5, first] }, b: { shape: [2, 3, 5, second] } },
      attrs: 3,
    })),
    { name: "1 + 2 images", inputs: { a: { shape: [1, 3, 2, 3] }, b: { shape: [2, 3, 2, 3] } }, attrs: 0 },
    { name: "2 + 1 images of 4 channels", inputs: { a: { shape: [2, 2, 2, 4] }, b: { shape: [1, 2, 2, 4] } }, attrs: 0 },
    { name: "rows of a matrix", inputs: { a: { shape: [2, 3] }, b: { shape: [1, 3] } }, attrs: 0 },
    { name: "middle axis", inputs: { a: { shape: [2, 3, 2] }, b: { shape: [2, 1, 2] } }, attrs: 1 },
  ],
  errors: [
    {
      name: "another height",
      call: (gpu) => concat(Tensor.zeros(gpu, [1, 2, 3, 4]), Tensor.zeros(gpu, [1, 3, 3, 4])),
      error: ShapeError,
      message: /^concat: expected two tensors alike in all but axis 3, got \[1, 2, 3, 4\] and \[1, 3, 3, 4\]/,
    },
    {
      name: "three axes",
      call: (gpu) => concat(Tensor.zeros(gpu, [2, 3, 4]), Tensor.zeros(gpu, [2, 3, 4])),
      error: ShapeError,
      message: /^concat: expected an axis below 3 \(\[2, 3, 4\]\), got 3/,
    },
  ],
});

import { ShapeError } from "../../src/errors.js";
import { concat } from "../../src/ops/concat.js";
import { Tensor } from "../../src/tensor.js";
import { useGpu } from "../support/device.js";
import { at, build } from "../support/float64.js";
import { testOp } from "../support/op-runner.js";

const gpu = useGpu({ guarded: true });

testOp<"a" | "b", never, null>(gpu, {
  name: "concat",
  run: ({ a, b }) => concat(a, b),
  reference({ a, b }) {
    const [n = 0, h = 0, w = 0, first = 0] = a.shape;
    return build([n, h, w, first + (b.shape[3] ?? 0)], (image, y, x, c) =>
      c < first ? at(a, image, y, x, c) : at(b, image, y, x, c - first),
    );
  },
  terms: () => ({ forward: 0, gradient: 0 }),
  linear: ["a", "b"],
  samples: [[1, 1], [3, 3], [4, 4], [1, 3], [4, 5], [8, 4], [5, 8]].map(([first = 0, second = 0]) => ({
    name: `${first} + ${second} channels`,
    inputs: { a: { shape: [2, 3, 5, first] }, b: { shape: [2, 3, 5, second] } },
    attrs: null,
  })),
  errors: [
    {
      name: "another height",
      call: (gpu) => concat(Tensor.zeros(gpu, [1, 2, 3, 4]), Tensor.zeros(gpu, [1, 3, 3, 4])),
      error: ShapeError,
      message: /^concat: expected two tensors alike in all but channels, got \[1, 2, 3, 4\] and \[1, 3, 3, 4\]/,
    },
    {
      name: "three axes",
      call: (gpu) => concat(Tensor.zeros(gpu, [2, 3, 4]), Tensor.zeros(gpu, [2, 3, 4])),
      error: ShapeError,
      message: /^concat: expected a of shape \[n, h, w, c\], got \[2, 3, 4\]/,
    },
  ],
});

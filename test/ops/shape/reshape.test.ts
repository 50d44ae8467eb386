import { ShapeError } from "../../../src/errors.js";
import { reshape } from "../../../src/ops/shape/reshape.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import type { Shape } from "../../../src/shape.js";
import { useGpu } from "../../support/device.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

const cases: readonly (readonly [from: Shape, to: Shape, made: Shape])[] = [
  [[], [1], [1]],
  [[2, 3, 5, 1], [30], [30]],
  [[12], [3, -1], [3, 4]],
  [[2, 4, 9, 4], [2, 36, 4], [2, 36, 4]],
];

testOp<"x", never, readonly [Shape, Shape]>(gpu, {
  name: "reshape",
  run: ({ x }, [to]) => reshape(x, to),
  reference: ({ x }, [, made]) => ({ shape: made, data: x.data }),
  terms: () => ({ forward: 0, gradient: 0 }),
  linear: ["x"],
  samples: cases.map(([from, to, made]) => ({ name: `${nameOf(from)} to ${nameOf(to)}`, inputs: { x: { shape: from } }, attrs: [to, made] })),
  errors: [
    {
      name: "another number of elements",
      call: (device) => reshape(Tensor.zeros(device, [2, 3]), [4]),
      error: ShapeError,
      message: /^reshape: expected a shape of 6 elements for x \[2, 3\], got \[4\]/,
    },
    {
      name: "a rest that is not whole",
      call: (device) => reshape(Tensor.zeros(device, [2, 3]), [4, -1]),
      error: ShapeError,
      message: /^reshape: expected a shape of 6 elements for x \[2, 3\], got \[4, -1\]/,
    },
    {
      name: "two negative extents",
      call: (device) => reshape(Tensor.zeros(device, [2, 3]), [-2, -3]),
      error: ShapeError,
      message: /^reshape: expected a shape of whole numbers/,
    },
  ],
});

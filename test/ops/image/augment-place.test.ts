import { ShapeError } from "../../../src/errors.js";
import { augmentPlace } from "../../../src/ops/image/augment-place.js";
import type { Random } from "../../../src/random.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

const shapes = [[1, 1, 1, 1], [1, 5, 4, 3], [3, 8, 9, 3], [2, 16, 5, 1], [2, 6, 6, 4]];
/** Shifts, corners and extents alike: small whole numbers of both signs. */
const small = (random: Random): number => random.integer(7) - 2;

testOp<"x" | "draws", never, undefined>(gpu, {
  name: "augmentPlace",
  parameters: ["draws"],
  run: ({ x, draws }) => augmentPlace(x, draws),
  reference({ x, draws }) {
    const [, h = 0, w = 0] = x.shape;
    return build(x.shape, (n = 0, row = 0, column = 0, channel = 0) => {
      const [down = 0, right = 0, top = 0, left = 0, height = 0, width = 0] = [0, 1, 2, 3, 4, 5].map((i) => at(draws, n, i));
      const cut = row >= top && row < top + height && column >= left && column < left + width;
      const [fromRow, fromColumn] = [row - down, column - right];
      const inside = fromRow >= 0 && fromRow < h && fromColumn >= 0 && fromColumn < w;
      return cut || !inside ? 0 : at(x, n, fromRow, fromColumn, channel);
    });
  },
  terms: () => ({ forward: 0, gradient: 0 }),
  linear: ["x"],
  constants: ["draws"],
  samples: shapes.map((shape) => ({
    name: nameOf(shape),
    inputs: { x: { shape }, draws: { shape: [shape[0] ?? 1, 6], draw: small } },
    attrs: undefined,
  })),
  errors: [
    {
      name: "too few draws",
      call: (gpu) => augmentPlace(Tensor.zeros(gpu, [2, 3, 5, 3]), Tensor.zeros(gpu, [2, 4])),
      error: ShapeError,
      message: /^augmentPlace: expected draws \[2, 6\] for x \[2, 3, 5, 3\], got \[2, 4\]/,
    },
  ],
});

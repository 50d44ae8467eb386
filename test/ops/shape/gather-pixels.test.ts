import { ShapeError } from "../../../src/errors.js";
import { gatherPixels } from "../../../src/ops/shape/gather-pixels.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";

const gpu = useGpu({ guarded: true });

const cases = [
  { shape: [1, 1, 1, 1], positions: [0] },
  { shape: [2, 3, 5, 4], positions: [14, 0, 7] },
  { shape: [3, 2, 4, 3], positions: [3, 1, 7, 0, 5, 2, 6, 4] },
  { shape: [1, 9, 11, 8], positions: [98, 97, 0, 1] },
];

testOp<"x", never, readonly number[]>(gpu, {
  name: "gatherPixels",
  run: ({ x }, positions) => gatherPixels(x, positions),
  reference({ x }, positions) {
    const [n = 0, , w = 0, c = 0] = x.shape;
    return build([n, positions.length, c], (image = 0, i = 0, channel = 0) => {
      const position = positions[i] ?? Number.NaN;
      return at(x, image, Math.floor(position / w), position % w, channel);
    });
  },
  terms: () => ({ forward: 0, gradient: 1 }),
  linear: ["x"],
  samples: cases.map(({ shape, positions }) => ({ name: `${positions.length} of [${shape.join(", ")}]`, inputs: { x: { shape } }, attrs: positions })),
  errors: [
    {
      name: "a position behind the last",
      call: (device) => gatherPixels(Tensor.zeros(device, [1, 2, 3, 4]), [0, 6]),
      error: ShapeError,
      message: /^gatherPixels: expected positions of whole numbers below 6 for x \[1, 2, 3, 4\], got 6/,
    },
    {
      name: "half a position",
      call: (device) => gatherPixels(Tensor.zeros(device, [1, 2, 3, 4]), [0.5]),
      error: ShapeError,
      message: /got 0\.5/,
    },
    {
      name: "a position twice",
      call: (device) => gatherPixels(Tensor.zeros(device, [1, 2, 3, 4]), [1, 2, 1]),
      error: ShapeError,
      message: /^gatherPixels: expected different positions, got one twice/,
    },
  ],
});

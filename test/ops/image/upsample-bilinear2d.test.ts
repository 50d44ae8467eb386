import { ShapeError } from "../../../src/errors.js";
import { upsampleBilinear2d } from "../../../src/ops/image/upsample-bilinear2d.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

const shapes = [[1, 1, 1, 1], [1, 1, 2, 4], [2, 3, 5, 3], [1, 4, 1, 8], [3, 2, 9, 4], [2, 7, 6, 5]];

/** A place of the output in the input: the pixel before it, the one after it, and the weight of the latter. Edges repeat. */
function sourcesOf(place: number, extent: number): [before: number, after: number, weight: number] {
  const position = (place + 0.5) / 2 - 0.5;
  const before = Math.floor(position);
  return [Math.max(0, before), Math.min(extent - 1, before + 1), position - before];
}

testOp<"x", never, undefined>(gpu, {
  name: "upsampleBilinear2d",
  run: ({ x }) => upsampleBilinear2d(x),
  reference({ x }) {
    const [n = 0, h = 0, w = 0, c = 0] = x.shape;
    return build([n, 2 * h, 2 * w, c], (image = 0, row = 0, column = 0, channel = 0) => {
      const [top, bottom, down] = sourcesOf(row, h);
      const [left, right, across] = sourcesOf(column, w);
      const line = (from: number): number =>
        (1 - across) * at(x, image, from, left, channel) + across * at(x, image, from, right, channel);
      return (1 - down) * line(top) + down * line(bottom);
    });
  },
  terms: () => ({ forward: 4, gradient: 16 }),
  linear: ["x"],
  samples: shapes.map((shape) => ({ name: nameOf(shape), inputs: { x: { shape } }, attrs: undefined })),
  errors: [
    {
      name: "three axes",
      call: (device) => upsampleBilinear2d(Tensor.zeros(device, [3, 5, 1])),
      error: ShapeError,
      message: /^upsampleBilinear2d: expected x of shape \[n, h, w, c\], got \[3, 5, 1\]/,
    },
  ],
});

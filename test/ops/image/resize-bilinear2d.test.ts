import { ShapeError } from "../../../src/errors.js";
import { resizeBilinear2d } from "../../../src/ops/image/resize-bilinear2d.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";

const gpu = useGpu({ guarded: true });

/** A place of the output in the input: the pixel before it, the one after it, and the weight of the latter. */
function sourcesOf(place: number, from: number, to: number): [before: number, after: number, weight: number] {
  const position = Math.max(0, ((place + 0.5) * from) / to - 0.5);
  // A place on a pixel may be computed as just before it.
  const before = Math.floor(position + 1e-9);
  return [before, Math.min(from - 1, before + 1), position - before];
}

type Size = readonly [height: number, width: number];
const sample = (shape: readonly [number, number, number, number], to: Size) => ({ name: `[${shape.join(", ")}] to ${to.join("×")}`, inputs: { x: { shape } }, attrs: to });

testOp<"x", never, Size>(gpu, {
  name: "resizeBilinear2d",
  run: ({ x }, [height, width]) => resizeBilinear2d(x, height, width),
  reference({ x }, [height, width]) {
    const [n = 0, h = 0, w = 0, c = 0] = x.shape;
    return build([n, height, width, c], (image = 0, row = 0, column = 0, channel = 0) => {
      const [top, bottom, down] = sourcesOf(row, h, height);
      const [left, right, across] = sourcesOf(column, w, width);
      const line = (from: number): number => (1 - across) * at(x, image, from, left, channel) + across * at(x, image, from, right, channel);
      return (1 - down) * line(top) + down * line(bottom);
    });
  },
  // Four pixels and their weights; backward, up to 21 × 15 pixels that a pixel is in.
  terms: () => ({ forward: 12, gradient: 320 }),
  linear: ["x"],
  samples: [
    sample([1, 1, 1, 1], [3, 2]),
    sample([2, 3, 5, 4], [7, 8]),
    sample([2, 3, 4, 3], [6, 8]),
    sample([1, 7, 6, 4], [3, 5]),
    sample([2, 9, 8, 3], [2, 3]),
    sample([1, 2, 3, 4], [21, 23]),
    sample([1, 4, 5, 3], [4, 5]),
    sample([1, 5, 2, 1], [1, 9]),
  ],
  errors: [
    {
      name: "three axes",
      call: (device) => resizeBilinear2d(Tensor.zeros(device, [3, 5, 1]), 2, 2),
      error: ShapeError,
      message: /^resizeBilinear2d: expected x of shape \[n, h, w, c\], got \[3, 5, 1\]/,
    },
    {
      name: "half a line",
      call: (device) => resizeBilinear2d(Tensor.zeros(device, [1, 3, 5, 1]), 2.5, 2),
      error: ShapeError,
      message: /^resizeBilinear2d: expected height to be a whole number of at least 1, got 2.5/,
    },
    {
      name: "a side that is too long",
      call: (device) => resizeBilinear2d(Tensor.zeros(device, [1, 3, 5, 1]), 2, 40_000),
      error: ShapeError,
      message: /^resizeBilinear2d: expected sides of at most 32767 pixels, got x \[1, 3, 5, 1\] to 2 × 40000/,
    },
  ],
});

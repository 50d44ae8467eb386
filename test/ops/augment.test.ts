import { ShapeError } from "../../src/errors.js";
import { changeColors, moveAndCut, type ColorChange, type Hole, type Placement } from "../../src/ops/augment.js";
import { Tensor } from "../../src/tensor.js";
import { useGpu } from "../support/device.js";
import { at, build, map, total, type Values } from "../support/float64.js";
import { testOp } from "../support/op-runner.js";

const gpu = useGpu({ guarded: true });

/** The mean of the elements whose offset, divided by `run`, is `group`. */
function meanOf(x: Values, run: number, group: number): number {
  return total(x.data.subarray(group * run, (group + 1) * run)) / run;
}

const bright: ColorChange = { brightness: 0.4, saturation: 1, contrast: 1 };
const gray: ColorChange = { brightness: 0, saturation: 0, contrast: 1 };
const flat: ColorChange = { brightness: -0.25, saturation: 1.75, contrast: 0.5 };
const none: ColorChange = { brightness: 0, saturation: 1, contrast: 1 };

testOp<"x", never, readonly ColorChange[]>(gpu, {
  name: "changeColors",
  run: ({ x }, changes) => changeColors(x, changes),
  // One change after the other, as they are defined.
  reference({ x }, changes) {
    const [, h = 0, w = 0, c = 0] = x.shape;
    const size = h * w * c;
    const change = (offset: number): ColorChange => changes[Math.floor(offset / size)] ?? none;
    const brightened = map(x, (value, i) => value + change(i).brightness);
    const saturated = map(brightened, (value, i) => {
      const mean = meanOf(brightened, c, Math.floor(i / c));
      return (value - mean) * change(i).saturation + mean;
    });
    return map(saturated, (value, i) => {
      const mean = meanOf(saturated, size, Math.floor(i / size));
      return (value - mean) * change(i).contrast + mean;
    });
  },
  // The sum over an image, that over a pixel, the shared part and the element's own.
  terms({ x }) {
    const [, h = 0, w = 0, c = 0] = x.shape;
    return { forward: h * w * c + c + 8, gradient: h * w * c + c + 8 };
  },
  linear: ["x"],
  samples: [
    { name: "one pixel", inputs: { x: { shape: [1, 1, 1, 3] } }, attrs: [flat] },
    { name: "brighter", inputs: { x: { shape: [1, 3, 4, 3] } }, attrs: [bright] },
    { name: "gray", inputs: { x: { shape: [1, 4, 3, 3] } }, attrs: [gray] },
    { name: "each image its own", inputs: { x: { shape: [3, 5, 7, 3] } }, attrs: [flat, none, bright] },
    { name: "one channel", inputs: { x: { shape: [2, 9, 8, 1] } }, attrs: [gray, flat] },
    { name: "four channels, rows in ranges", inputs: { x: { shape: [1, 24, 24, 4] } }, attrs: [flat] },
  ],
  errors: [
    {
      name: "too few changes",
      call: (device) => changeColors(Tensor.zeros(device, [2, 3, 3, 1]), [none]),
      error: ShapeError,
      message: /^changeColors: expected parameters for each image of x \[2, 3, 3, 1\], got 1/,
    },
  ],
});

interface Moves {
  readonly placements: readonly Placement[];
  readonly hole: Hole;
}

const noHole: Hole = { height: 0, width: 0 };
const still: Placement = { down: 0, right: 0, top: 0, left: 0 };

testOp<"x", never, Moves>(gpu, {
  name: "moveAndCut",
  run: ({ x }, { placements, hole }) => moveAndCut(x, placements, hole),
  reference({ x }, { placements, hole }) {
    const [, h = 0, w = 0] = x.shape;
    return build(x.shape, (image, row, column, channel) => {
      const { down, right, top, left } = placements[image] ?? still;
      const [i, j] = [row - down, column - right];
      const inHole = row >= top && row < top + hole.height && column >= left && column < left + hole.width;
      return inHole || i < 0 || i >= h || j < 0 || j >= w ? 0 : at(x, image, i, j, channel);
    });
  },
  terms: () => ({ forward: 0, gradient: 0 }),
  linear: ["x"],
  samples: [
    { name: "as it is", inputs: { x: { shape: [1, 3, 5, 3] } }, attrs: { placements: [still], hole: noHole } },
    {
      name: "down and left, with a hole",
      inputs: { x: { shape: [1, 5, 6, 3] } },
      attrs: { placements: [{ down: 1, right: -2, top: 2, left: 1 }], hole: { height: 2, width: 3 } },
    },
    {
      name: "each image its own, holes over the edges, four channels",
      inputs: { x: { shape: [3, 4, 6, 4] } },
      attrs: {
        placements: [
          { down: -1, right: 1, top: -1, left: -2 },
          { down: 3, right: 0, top: 3, left: 4 },
          { down: 0, right: 0, top: 1, left: 1 },
        ],
        hole: { height: 2, width: 3 },
      },
    },
    {
      name: "out of the image",
      inputs: { x: { shape: [1, 2, 3, 1] } },
      attrs: { placements: [{ ...still, down: 2 }], hole: noHole },
    },
  ],
  errors: [
    {
      name: "too many placements",
      call: (device) => moveAndCut(Tensor.zeros(device, [1, 3, 3, 1]), [still, still], noHole),
      error: ShapeError,
      message: /^moveAndCut: expected parameters for each image of x \[1, 3, 3, 1\], got 2/,
    },
  ],
});

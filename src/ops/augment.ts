import { ShapeError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { formatShape, imageShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { defineOp } from "./op.js";
import { reduceRows } from "./reduce-rows.js";
import { widthOf } from "./width.js";

/** What happens to the colours of one image. */
export interface ColorChange {
  /** Added to everything. */
  readonly brightness: number;
  /** Multiplies what sets a pixel's channels apart from their mean. */
  readonly saturation: number;
  /** Then multiplies what sets the elements apart from the mean of the image. */
  readonly contrast: number;
}

/** Where one image goes, and which rectangle of the result is emptied, in pixels. */
export interface Placement {
  /** Rows it moves down. */
  readonly down: number;
  /** Columns it moves to the right. */
  readonly right: number;
  /** First row and column of the hole; it may stand out of the image. */
  readonly top: number;
  readonly left: number;
}

/** The size of the hole; 0 for none. */
export interface Hole {
  readonly height: number;
  readonly width: number;
}

const colorOp = defineOp<{ x: Tensor }, { changes: readonly ColorChange[] }>()({
  name: "changeColors",
  shape({ x }, { changes }) {
    const shape = imageShape("changeColors", "x", x.shape);
    checkCount("changeColors", x, changes.length);
    return shape;
  },
  forward({ gpu, inputs: { x }, attrs: { changes }, y, temporary }) {
    const factors = temporary([changes.length, 4]);
    factors.write(changes.flatMap(factorsOf));
    color(gpu, x, factors, y, 1);
    return { factors };
  },
  backward({ gpu, saved: { factors }, dy, gradient }) {
    const dx = gradient("x");
    color(gpu, dy, factors, dx, 0);
    return { x: dx };
  },
});

/** Brightness, saturation and contrast one after the other, multiplied out; the mean of the image is that of its grays. */
function factorsOf({ brightness, saturation, contrast }: ColorChange): number[] {
  return [contrast * saturation, contrast * (1 - saturation), 1 - contrast, brightness];
}

function color(gpu: Gpu, x: Tensor, factors: Tensor, y: Tensor, hasOffset: 0 | 1): void {
  const [n, h, w, channels] = imageShape("changeColors", "x", x.shape);
  const pixels = h * w;
  using sums = Tensor.untracked(gpu, [n, channels], "sums of images");
  reduceRows(gpu, x, sums, { groups: n, rows: pixels, columns: channels });
  const size = n * pixels;
  gpu.run("augment/color", { x, sums, factors, y, pixels, channels, hasOffset, size }, { threads: size });
}

/**
 * y = contrast · (s − mean s) + mean s over each image, with s = saturation · (b − mean_c b) + mean_c b over each pixel and
 * b = x + brightness; changes[i] for image i.
 *
 * Shape: x [n, h, w, c] → the same. Throws ShapeError unless there are n changes. Source: arXiv 2006.10738, `color`.
 */
export function changeColors(x: Tensor, changes: readonly ColorChange[]): Tensor {
  return colorOp({ x }, { changes });
}

const moveOp = defineOp<{ x: Tensor }, { placements: readonly Placement[]; hole: Hole }>()({
  name: "moveAndCut",
  shape({ x }, { placements }) {
    const shape = imageShape("moveAndCut", "x", x.shape);
    checkCount("moveAndCut", x, placements.length);
    return shape;
  },
  forward({ gpu, inputs: { x }, attrs: { placements, hole }, y, temporary }) {
    const places = temporary([placements.length, 4]);
    places.write(placements.flatMap(({ down, right, top, left }) => [down, right, top, left]));
    move(gpu, x, places, y, hole, 0);
    return { places };
  },
  backward({ gpu, saved: { places }, attrs: { hole }, dy, gradient }) {
    const dx = gradient("x");
    move(gpu, dy, places, dx, hole, 1);
    return { x: dx };
  },
});

function move(gpu: Gpu, x: Tensor, places: Tensor, y: Tensor, hole: Hole, adjoint: 0 | 1): void {
  const [, height, width, allChannels] = imageShape("moveAndCut", "x", x.shape);
  const lanes = widthOf(allChannels);
  const [channels, size] = [allChannels / lanes, x.size / lanes];
  const holeSize = { holeHeight: hole.height, holeWidth: hole.width };
  const grid = { threads: size, width: lanes };
  gpu.run("augment/move", { x, places, y, height, width, channels, ...holeSize, adjoint, size }, grid);
}

/**
 * y[n, i, j, c] = x[n, i − down, j − right, c] where that is in the image and (i, j) outside the hole, else 0; the
 * placement i for image i, the hole of one size for all.
 *
 * Shape: x [n, h, w, c] → the same. Throws ShapeError unless there are n placements. Source: arXiv 2006.10738,
 * `translation` and `cutout`.
 */
export function moveAndCut(x: Tensor, placements: readonly Placement[], hole: Hole): Tensor {
  return moveOp({ x }, { placements, hole });
}

function checkCount(op: string, x: Tensor, count: number): void {
  if (x.shape[0] === count) return;
  throw new ShapeError(`${op}: expected parameters for each image of x ${formatShape(x.shape)}, got ${count}.`);
}

/** The maximum and the mean of windows of an image. */
import { checkCount } from "../../check-number.js";
import { ShapeError } from "../../errors.js";
import { formatShape, imageShape, type ImageShape, type Shape } from "../../shape.js";
import { defineOp } from "../../tensor/op.js";
import { Tensor } from "../../tensor/tensor.js";
import { widthOf } from "../lib/width.js";

export interface Pool2dOptions {
  /** Height and width of a window. */
  readonly kernelSize: number;
  /** Distance of windows; default `kernelSize`. */
  readonly stride?: number;
  /** Pixels added on every side, at most half of a window; default 0. */
  readonly padding?: number;
}

export type Window = Required<Pool2dOptions>;

/** Pixels are counted as float32, which has all whole numbers up to this. */
const MOST_PIXELS = 2 ** 24;

/** The options with their defaults. Throws ShapeError unless they are whole numbers in their ranges. */
export function windowOf(op: string, { kernelSize, stride = kernelSize, padding = 0 }: Pool2dOptions): Window {
  checkCount(op, "kernelSize", kernelSize, 1);
  checkCount(op, "stride", stride, 1);
  checkCount(op, "padding", padding, 0);
  if (2 * padding > kernelSize) {
    throw new ShapeError(`${op}: expected padding of at most half of kernelSize ${kernelSize}, got ${padding}.`);
  }
  return { kernelSize, stride, padding };
}

/** The shape of the pooled image. Throws ShapeError if the image is smaller than a window, or too large. */
export function pooledShape(op: string, x: Shape, { kernelSize, stride, padding }: Window): ImageShape {
  const [n, h, w, c] = imageShape(op, "x", x);
  if (h * w > MOST_PIXELS) throw new ShapeError(`${op}: expected at most ${MOST_PIXELS} pixels, got x ${formatShape(x)}.`);
  const [outHeight, outWidth] = [h, w].map((extent) => Math.floor((extent + 2 * padding - kernelSize) / stride) + 1);
  if (!outHeight || !outWidth || outHeight < 1 || outWidth < 1) {
    throw new ShapeError(`${op}: expected an image of at least one window of ${kernelSize}×${kernelSize}, got x ${formatShape(x)}.`);
  }
  return [n, outHeight, outWidth, c];
}

/** What all kernels of a pool take. `size` is that of the tensor that they write, as a number of elements. */
export function launch(op: string, x: Shape, window: Window, size: number) {
  const [, height, width, c] = imageShape(op, "x", x);
  const [, outHeight, outWidth] = pooledShape(op, x, window);
  const lanes = widthOf(c);
  const { kernelSize: kernel, stride, padding } = window;
  const args = { height, width, channels: c / lanes, outHeight, outWidth, kernel, stride, padding, size: size / lanes };
  return { args, grid: { threads: size / lanes, width: lanes } } as const;
}

interface MaxPool extends Window {
  /** Where to write the places, if the caller wants them. */
  readonly kept: Tensor | undefined;
}

const maxPool2dOp = defineOp<{ x: Tensor }, MaxPool>()({
  name: "maxPool2d",
  shape: ({ x }, window) => pooledShape("maxPool2d", x.shape, window),
  forward({ gpu, inputs: { x }, attrs, y, temporary }) {
    const places = attrs.kept?.alias() ?? temporary(y.shape);
    const { args, grid } = launch("maxPool2d", x.shape, attrs, y.size);
    gpu.run("pool2d/max", { x, y, places, ...args }, grid);
    return { places };
  },
  backward({ gpu, attrs, saved: { places }, dy, gradient }) {
    const dx = gradient("x");
    const { args, grid } = launch("maxPool2d", dx.shape, attrs, dx.size);
    gpu.run("pool2d/max-grad", { places, dy, dx, ...args }, grid);
    return { x: dx };
  },
});

const avgPool2dOp = defineOp<{ x: Tensor }, Window>()({
  name: "avgPool2d",
  shape: ({ x }, window) => pooledShape("avgPool2d", x.shape, window),
  forward({ gpu, inputs: { x }, attrs, y }) {
    const { args, grid } = launch("avgPool2d", x.shape, attrs, y.size);
    gpu.run("pool2d/average", { x, y, ...args }, grid);
    return {};
  },
  backward({ gpu, attrs, dy, gradient }) {
    const dx = gradient("x");
    const { args, grid } = launch("avgPool2d", dx.shape, attrs, dx.size);
    gpu.run("pool2d/average-grad", { dy, dx, ...args }, grid);
    return { x: dx };
  },
});

/**
 * y[n, i, j, c] = the largest x in the window whose first pixel is (i · stride − padding, j · stride − padding).
 *
 * The gradient goes to the first of equal pixels. Padding is never the largest.
 *
 * Shape: x [n, h, w, c] → [n, ⌊(h + 2 · padding − kernelSize) / stride⌋ + 1, likewise for w, c]. Throws ShapeError for an image
 * smaller than a window, and for options that are not whole numbers in their range. Source: PyTorch's max_pool2d.
 */
export function maxPool2d(x: Tensor, options: Pool2dOptions): Tensor {
  return maxPool2dOp({ x }, { ...windowOf("maxPool2d", options), kept: undefined });
}

/**
 * `maxPool2d`, and the place of each maximum: places[n, i, j, c] = h · width + w, a whole number in float32. `maxUnpool2d` takes them.
 *
 * Shape: both as the result of `maxPool2d`. Throws as `maxPool2d` does. Source: PyTorch's max_pool2d with return_indices.
 */
export function maxPool2dWithPlaces(x: Tensor, options: Pool2dOptions): { readonly y: Tensor; readonly places: Tensor } {
  const window = windowOf("maxPool2d", options);
  const places = Tensor.empty(x.gpu, pooledShape("maxPool2d", x.shape, window), "places");
  return { y: maxPool2dOp({ x }, { ...window, kept: places }), places };
}

/**
 * y[n, i, j, c] = Σ x / kernelSize² over the window whose first pixel is (i · stride − padding, j · stride − padding). Pixels of the
 * padding count as 0.
 *
 * Shape: x [n, h, w, c] → [n, ⌊(h + 2 · padding − kernelSize) / stride⌋ + 1, likewise for w, c]. Throws ShapeError for an image
 * smaller than a window, and for options that are not whole numbers in their range. Source: PyTorch's avg_pool2d.
 */
export function avgPool2d(x: Tensor, options: Pool2dOptions): Tensor {
  return avgPool2dOp({ x }, windowOf("avgPool2d", options));
}

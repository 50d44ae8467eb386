import { ShapeError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { imageShape, type ImageShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { defineOp } from "./op.js";
import { reduceRows } from "./reduce-rows.js";
import { widthOf } from "./width.js";

/** Added to the variance: PyTorch's default. */
const EPSILON = 1e-5;
/** Ranges an image's pixels are cut into, where there are pixels enough. */
const RANGES = 64;
const MIN_PIXELS_PER_RANGE = 32;

const instanceNormOp = defineOp<{ x: Tensor }, { slope: number }>()({
  name: "instanceNorm",
  shape({ x }, { slope }) {
    imageShape("instanceNorm", "x", x.shape);
    if (!(slope >= 0)) throw new ShapeError(`instanceNorm: expected a slope of at least 0, got ${slope}.`);
    return x.shape;
  },
  forward({ gpu, inputs: { x }, attrs: { slope }, y, temporary }) {
    const shape = imageShape("instanceNorm", "x", x.shape);
    const mean = temporary([shape[0], shape[3]]);
    const rstd = temporary([shape[0], shape[3]]);
    statistics(gpu, x, mean, rstd);
    const { pixels, channels, width } = layoutOf(shape);
    const size = x.size / width;
    gpu.run("instance-norm/forward", { x, mean, rstd, y, pixels, channels, size, slope }, { threads: size, width });
    return { x, mean, rstd };
  },
  backward({ gpu, saved: { x, mean, rstd }, attrs: { slope }, dy, gradient, temporary }) {
    const shape = imageShape("instanceNorm", "x", x.shape);
    const [n, , , c] = shape;
    const { pixels, channels, width, pixelsPerRange, ranges } = layoutOf(shape);
    using partials = temporary([n, ranges, 2, c]);
    using sums = temporary([n, 2, c]);
    const rangeSize = n * ranges * channels;
    gpu.run(
      "instance-norm/backward-partial",
      { x, dy, mean, rstd, sums: partials, pixels, pixelsPerRange, ranges, channels, size: rangeSize, slope },
      { threads: rangeSize, width },
    );
    reduceRows(gpu, partials, sums, { groups: n, rows: ranges, columns: 2 * c });
    const dx = gradient("x");
    const size = x.size / width;
    gpu.run("instance-norm/backward", { x, dy, mean, rstd, sums, dx, pixels, channels, size, slope }, { threads: size, width });
    return { x: dx };
  },
});

function layoutOf([, h, w, c]: ImageShape) {
  const pixels = h * w;
  const width = widthOf(c);
  const pixelsPerRange = Math.max(MIN_PIXELS_PER_RANGE, Math.ceil(pixels / RANGES));
  return { pixels, width, channels: c / width, pixelsPerRange, ranges: Math.ceil(pixels / pixelsPerRange) };
}

/** mean[n, c] and rstd[n, c] = 1 / sqrt(variance + ε) of x, by ranges of pixels that are then joined. */
function statistics(gpu: Gpu, x: Tensor, mean: Tensor, rstd: Tensor): void {
  const shape = imageShape("instanceNorm", "x", x.shape);
  const [n, , , c] = shape;
  const { pixels, channels, width, pixelsPerRange, ranges } = layoutOf(shape);
  using means = Tensor.untracked(gpu, [n, ranges, c], "means of ranges");
  using deviations = Tensor.untracked(gpu, [n, ranges, c], "deviations of ranges");
  const split = { pixels, pixelsPerRange, ranges, channels };
  const rangeSize = n * ranges * channels;
  gpu.run(
    "instance-norm/statistics-partial",
    { x, means, deviations, ...split, size: rangeSize },
    { threads: rangeSize, width },
  );
  const size = n * channels;
  gpu.run(
    "instance-norm/statistics",
    { means, deviations, mean, rstd, ...split, size, epsilon: EPSILON },
    { threads: size, width },
  );
}

/**
 * y = a((x − mean) / sqrt(variance + 1e-5)) with mean and biased variance over h and w, for each image and channel, and
 * a(z) = z where z > 0, else slope · z.
 *
 * Shape: [n, h, w, c], the same out. `slope`: 1, the default, leaves the activation out; 0 is ReLU, 0.2 CycleGAN's
 * LeakyReLU; a separate activation costs one more pass over the image. A constant channel becomes 0. Throws ShapeError
 * unless x has four axes and slope is at least 0. Source: arXiv 1607.08022; PyTorch's InstanceNorm2d without affine.
 */
export function instanceNorm(x: Tensor, slope = 1): Tensor {
  return instanceNormOp({ x }, { slope });
}

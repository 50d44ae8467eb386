/** Batch normalisation, fused with the activation behind it. */
import { MisuseError, ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { formatShape, imageShape, type Shape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp } from "../../tensor/op.js";
import { copyChannels } from "../lib/copy-channels.js";
import { reduceRows } from "../lib/reduce-rows.js";
import { widthOf } from "../lib/width.js";
import { EPSILON, normForward, normInputGrad, normSums, type NormLayout, type NormOperands } from "./launch.js";

/** Averages over the batches so far, which `batchNorm` updates and `batchNormBy` uses. PyTorch's names are in parentheses. */
export interface RunningStatistics {
  /** Shape: [c] (`running_mean`). */
  readonly mean: Tensor;
  /** Shape: [c] (`running_var`). Unbiased. */
  readonly variance: Tensor;
  /** Shape: [1] (`num_batches_tracked`). A float32 counts to 2²⁴ and then stays. */
  readonly batches: Tensor;
}

/** The weight of the newest batch in running statistics: PyTorch's default. */
const MOMENTUM = 0.1;

function shapeOf(op: string, x: Tensor, vectors: readonly Tensor[], names: string, slope: number): Shape {
  const [, , , c] = imageShape(op, "x", x.shape);
  if (vectors.some(({ shape }) => shape.length !== 1 || shape[0] !== c)) {
    const got = vectors.map(({ shape }) => formatShape(shape)).join(" and ");
    throw new ShapeError(`${op}: expected ${names} of shape [${c}], got ${got} (x ${formatShape(x.shape)}).`);
  }
  if (!(slope >= 0)) throw new ShapeError(`${op}: expected a slope of at least 0, got ${slope}.`);
  return x.shape;
}

const batchNormOp = defineOp<{ x: Tensor; weight: Tensor; bias: Tensor }, { slope: number; running: RunningStatistics | undefined }>()({
  name: "batchNorm",
  shape({ x, weight, bias }, { slope, running }) {
    if (running) checkRunning(x, running);
    return shapeOf("batchNorm", x, [weight, bias], "weight and bias", slope);
  },
  forward({ gpu, inputs: { x, weight, bias }, attrs: { slope, running }, y, temporary }) {
    const layout = layoutOf(x);
    const statistics = temporary([2, layout.channels]);
    normForward(gpu, layout, { x, statistics, affine: { weight, bias }, slope }, undefined, y);
    if (running) track(gpu, layout, statistics, running);
    return { x, weight, bias, statistics };
  },
  backward({ gpu, saved: { x, weight, bias, statistics }, attrs: { slope }, dy, needs, gradient, temporary }) {
    const layout = layoutOf(x);
    const operands = { x, statistics, affine: { weight, bias }, slope };
    const dx = needs("x") ? gradient("x") : undefined;
    if (!needs("weight") && !needs("bias")) {
      if (dx) normInputGrad(gpu, layout, operands, dy, dx);
      return { x: dx };
    }
    using parts = normSums(gpu, layout, operands, dy);
    if (dx) normInputGrad(gpu, layout, operands, dy, dx, parts);
    return { x: dx, ...affineGradients({ gpu, needs, gradient, temporary }, parts, layout.channels) };
  },
});

/** PyTorch refuses one pixel per channel too: it has no unbiased variance. */
function checkRunning(x: Tensor, { mean, variance, batches }: RunningStatistics): void {
  const [n, h, w, c] = imageShape("batchNorm", "x", x.shape);
  if (mean.size !== c || variance.size !== c || batches.size !== 1) {
    throw new ShapeError(
      `batchNorm: expected running statistics of shapes [${c}], [${c}] and [1], got ${formatShape(mean.shape)}, ` +
        `${formatShape(variance.shape)} and ${formatShape(batches.shape)} (x ${formatShape(x.shape)}).`,
    );
  }
  if (n * h * w > 1) return;
  throw new ShapeError(
    `batchNorm: expected more than one pixel per channel to track a variance, got x ${formatShape(x.shape)}. ` +
      "Use larger images or batches.",
  );
}

function track(gpu: Gpu, { pixels, channels }: NormLayout, statistics: Tensor, { mean, variance, batches }: RunningStatistics): void {
  const numbers = { channels, pixels, momentum: MOMENTUM, epsilon: EPSILON };
  gpu.run("batch-norm/track", { statistics, mean, variance, batches, ...numbers }, { threads: channels });
}

interface AffineCall {
  readonly gpu: Gpu;
  readonly needs: (input: "weight" | "bias") => boolean;
  readonly gradient: (input: "weight" | "bias") => Tensor;
  readonly temporary: (shape: Shape) => Tensor;
}

/** The gradients of weight and bias from the sums over ranges of pixels; see `normSums`. */
function affineGradients({ gpu, needs, gradient, temporary }: AffineCall, parts: Tensor, channels: number) {
  using sums = temporary([2, channels]);
  const [, ranges = 1] = parts.shape;
  reduceRows(gpu, parts, sums, { groups: 1, rows: ranges, columns: 2 * channels });
  const row = (input: "weight" | "bias", start: number): Tensor | undefined => {
    if (!needs(input)) return undefined;
    const gradientOf = gradient(input);
    copyChannels(gpu, sums, gradientOf, { rows: 1, xChannels: 2 * channels, yChannels: channels, start, offset: 0, count: channels });
    return gradientOf;
  };
  return { bias: row("bias", 0), weight: row("weight", channels) };
}

type FixedInputs = { x: Tensor; weight: Tensor; bias: Tensor; mean: Tensor; variance: Tensor };

const batchNormByOp = defineOp<FixedInputs, { slope: number }>()({
  name: "batchNormBy",
  shape({ x, weight, bias, mean, variance }, { slope }) {
    return shapeOf("batchNormBy", x, [weight, bias, mean, variance], "weight, bias, mean and variance", slope);
  },
  forward({ gpu, inputs: { x, weight, bias, mean, variance }, attrs: { slope }, y, temporary }) {
    const { channels } = layoutOf(x);
    const statistics = temporary([2, channels]);
    gpu.run("batch-norm/statistics", { mean, variance, statistics, channels, epsilon: EPSILON }, { threads: channels });
    const { numbers, grid } = pointwise(x, slope);
    gpu.run("batch-norm/apply", { x, statistics, weight, bias, y, ...numbers }, grid);
    return { x, weight, bias, statistics };
  },
  backward({ gpu, saved: { x, weight, bias, statistics }, attrs: { slope }, dy, needs, gradient, temporary }) {
    if (needs("mean") || needs("variance")) {
      throw new MisuseError("batchNormBy: expected mean and variance as constants, got tensors that want gradients. Detach them.");
    }
    const layout = layoutOf(x);
    const operands: NormOperands = { x, statistics, affine: { weight, bias }, slope };
    const dx = needs("x") ? gradient("x") : undefined;
    const { numbers, grid } = pointwise(x, slope);
    if (dx) gpu.run("batch-norm/apply-grad", { x, dy, statistics, weight, bias, dx, ...numbers }, grid);
    if (!needs("weight") && !needs("bias")) return { x: dx };
    using parts = normSums(gpu, layout, operands, dy);
    return { x: dx, ...affineGradients({ gpu, needs, gradient, temporary }, parts, layout.channels) };
  },
});

/** Each pixel and channel on its own. */
function pointwise(x: Tensor, slope: number) {
  const floats = x.shape.at(-1) ?? 1;
  const width = widthOf(floats);
  const size = x.size / width;
  return { numbers: { size, channels: floats / width, slope }, grid: { threads: size, width } };
}

/** One image of all pixels of the batch. */
function layoutOf(x: Tensor): NormLayout {
  const [n, h, w, c] = imageShape("batchNorm", "x", x.shape);
  return { images: 1, pixels: n * h * w, channels: c };
}

/**
 * y = a(weight · (x − mean) / sqrt(variance + 1e-5) + bias) with mean and biased variance of each channel over the batch,
 * h and w, and a(u) = u if u > 0, else slope · u.
 *
 * `running`: updated with the batch's mean and unbiased variance, each with a momentum of 0.1; default none.
 *
 * Shape: x [n, h, w, c], weight [c], bias [c] → [n, h, w, c]. `slope` as in `instanceNorm`. Throws ShapeError if shapes do not
 * fit, or if there is only one pixel per channel to track. Source: arXiv 1502.03167; PyTorch's BatchNorm2d in training.
 */
export function batchNorm(x: Tensor, weight: Tensor, bias: Tensor, slope = 1, running?: RunningStatistics): Tensor {
  return batchNormOp({ x, weight, bias }, { slope, running });
}

/**
 * `batchNorm` with a given mean and variance in place of those of the batch, so that each image is computed on its own.
 *
 * Shape: x [n, h, w, c], weight, bias, mean and variance [c] → [n, h, w, c]. Gradients flow to x, weight and bias. Throws
 * ShapeError if shapes do not fit. Source: PyTorch's BatchNorm2d after eval().
 */
export function batchNormBy(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  { mean, variance }: Pick<RunningStatistics, "mean" | "variance">,
  slope = 1,
): Tensor {
  return batchNormByOp({ x, weight, bias, mean, variance }, { slope });
}

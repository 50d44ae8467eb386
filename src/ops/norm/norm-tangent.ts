/** The derivatives of instance and batch norm in a direction, themselves differentiable. */
import { ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { formatShape, imageShape, sameShape } from "../../shape.js";
import { defineOp } from "../../tensor/op.js";
import { Tensor } from "../../tensor/tensor.js";
import { elementwise } from "../lib/elementwise.js";
import { reduceRows } from "../lib/reduce-rows.js";
import { widthOf } from "../lib/width.js";
import { normForward, normInputGrad, normSums, type NormLayout, type NormOperands } from "./launch.js";

type Inputs = { x: Tensor; direction: Tensor; weight?: Tensor | undefined };

/**
 * y = B t with B t = weight · rstd · (t − mean t − z · mean(z · t)) and z = (x − mean x) · rstd.
 *
 * The matrix B is symmetric, so this is also what the backward pass of a norm computes, with its kernels, and the gradient of the
 * direction t is B dy. For x, let N be the number of pixels and s = Σ dy · y = Σ dt · t, so that
 * s = weight · rstd · (Σ dy · t − Σ dy Σ t / N − p q / N) with p = Σ dy · z, q = Σ t · z. With d rstd / dx = −rstd² z / N and
 * dz / dx = B / weight, its derivative is −rstd / N · (q · dt + p · y + s · z).
 */
const normTangentOp = defineOp<Inputs, { perImage: boolean }>()({
  name: "normTangent",
  shape({ x, direction, weight }) {
    const [, , , c] = imageShape("normTangent", "x", x.shape);
    if (!sameShape(x.shape, direction.shape)) {
      throw new ShapeError(`normTangent: expected a direction of x's shape ${formatShape(x.shape)}, got ${formatShape(direction.shape)}.`);
    }
    if (weight && (weight.shape.length !== 1 || weight.shape[0] !== c)) {
      throw new ShapeError(`normTangent: expected a weight of shape [${c}], got ${formatShape(weight.shape)} (x ${formatShape(x.shape)}).`);
    }
    return x.shape;
  },
  forward({ gpu, inputs: { x, direction, weight }, attrs: { perImage }, y, temporary }) {
    const layout = layoutOf(x, perImage);
    const statistics = temporary([layout.images, 2, layout.channels]);
    // What this writes to y is overwritten by the tangent.
    normForward(gpu, layout, { x, statistics, slope: 1 }, undefined, y);
    const sums = temporary([layout.images, 2, layout.channels]);
    applyB(gpu, layout, operandsOf(x, statistics, weight), direction, y, sums);
    return { x, direction: weight && direction, weight, y, statistics, sums };
  },
  backward({ gpu, saved, attrs: { perImage }, dy, needs, gradient, temporary }) {
    const { x, direction, weight, y, statistics, sums } = saved;
    const layout = layoutOf(x, perImage);
    const operands = operandsOf(x, statistics, weight);
    using scratch = needs("direction") ? undefined : temporary(x.shape);
    const dt = scratch ?? gradient("direction");
    using sumsOfDy = temporary(sums.shape);
    applyB(gpu, layout, operands, dy, dt, sumsOfDy);
    const dx = needs("x") ? gradient("x") : undefined;
    if (dx) {
      using products = temporary([layout.images, layout.channels]);
      sumOfProducts(gpu, layout, dy, y, products);
      const width = widthOf(layout.channels);
      const sizes = { size: x.size / width, pixels: layout.pixels, channels: layout.channels / width };
      const operand = { x, y, dt, statistics, sumsOfDy, sumsOfT: sums, products, dx };
      gpu.run("norm/tangent-grad", { ...operand, ...sizes }, { threads: sizes.size, width });
    }
    const dweight = needs("weight") ? gradient("weight") : undefined;
    if (dweight && direction) {
      using plain = temporary(x.shape);
      normInputGrad(gpu, layout, operandsOf(x, statistics, undefined), direction, plain);
      sumOfProducts(gpu, layout, dy, plain, dweight);
    }
    return { x: dx, direction: scratch ? undefined : dt, weight: dweight };
  },
});

function layoutOf(x: Tensor, perImage: boolean): NormLayout {
  const [n, h, w, channels] = imageShape("normTangent", "x", x.shape);
  return perImage ? { images: n, pixels: h * w, channels } : { images: 1, pixels: n * h * w, channels };
}

/** With a slope of 1, the kernels need no bias. */
function operandsOf(x: Tensor, statistics: Tensor, weight: Tensor | undefined): NormOperands {
  return { x, statistics, affine: weight && { weight, bias: weight }, slope: 1 };
}

/** Writes B t, and the sums of t and of t · z of each channel and image. */
function applyB(gpu: Gpu, layout: NormLayout, operands: NormOperands, t: Tensor, y: Tensor, sums: Tensor): void {
  using parts = normSums(gpu, layout, operands, t);
  normInputGrad(gpu, layout, operands, t, y, parts);
  const [groups = 1, rows = 1] = parts.shape;
  reduceRows(gpu, parts, sums, { groups, rows, columns: 2 * layout.channels });
}

/** Writes Σ a · b over the pixels of each channel and image. */
function sumOfProducts(gpu: Gpu, { images, pixels, channels }: NormLayout, a: Tensor, b: Tensor, y: Tensor): void {
  using products = Tensor.untracked(gpu, a.shape, "products");
  const { size, grid } = elementwise(a.size);
  gpu.run("elementwise/mul", { a, b, y: products, size }, grid);
  reduceRows(gpu, products, y, { groups: images, rows: pixels, columns: channels });
}

/**
 * The derivative of `instanceNorm(x)` in a direction t: y = rstd · (t − mean t − z · mean(z · t)) with z = (x − mean x) · rstd,
 * rstd = 1 / sqrt(variance + 1e-5), and means over h and w, for each image and channel.
 *
 * Shape: x [n, h, w, c], the same for direction and out. Throws ShapeError for other shapes. Its gradients are second derivatives
 * of the norm.
 */
export function instanceNormTangent(x: Tensor, direction: Tensor): Tensor {
  return normTangentOp({ x, direction }, { perImage: true });
}

/**
 * The derivative of `batchNorm(x, weight, bias)` in a direction of x: weight times that of `instanceNormTangent`, with means over
 * n, h and w.
 *
 * Shape: x [n, h, w, c], the same for direction and out; weight [c]. Throws ShapeError for other shapes. Its gradients are second
 * derivatives of the norm.
 */
export function batchNormTangent(x: Tensor, direction: Tensor, weight: Tensor): Tensor {
  return normTangentOp({ x, direction, weight }, { perImage: false });
}

/** Spectral normalisation of a weight, and the power iteration that finds its largest singular value. */
import { ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { formatShape } from "../../shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { elementwise } from "../lib/elementwise.js";
import { defineOp } from "../../tensor/op.js";
import { withPartials } from "../lib/partials.js";
import { widthOf } from "../lib/width.js";

/** Invocations that share a sum: WORKGROUP of the shaders. */
const WORKGROUP = 64;
/** The least divisor of a vector: PyTorch's default. */
const EPSILON = 1e-12;

interface Matrix {
  /** [kh · kw · in, out], a kernel's order in memory. */
  readonly weight: Tensor;
  readonly rows: number;
  readonly columns: number;
}

function matrixOf(weight: Tensor): Matrix {
  const columns = weight.shape.at(-1) ?? 1;
  return { weight, rows: weight.size / columns, columns };
}

/** y = weight · x, Shape: [out] → [rows]. */
function timesVector(gpu: Gpu, { weight, rows, columns }: Matrix, x: Tensor, y: Tensor): void {
  const sizes = { stride: columns, step: 1, terms: columns, size: rows };
  gpu.run("spectral-norm/product", { matrix: weight, x, y, ...sizes }, { threads: rows * WORKGROUP });
}

/** y = weightᵀ · x, Shape: [rows] → [out]. */
function transposedTimesVector(gpu: Gpu, { weight, rows, columns }: Matrix, x: Tensor, y: Tensor): void {
  const sizes = { stride: 1, step: columns, terms: rows, size: columns };
  gpu.run("spectral-norm/product", { matrix: weight, x, y, ...sizes }, { threads: columns * WORKGROUP });
}

function normalise(gpu: Gpu, x: Tensor, y: Tensor): void {
  gpu.run("spectral-norm/normalise", { x, y, size: x.size, epsilon: EPSILON }, { threads: WORKGROUP });
}

/**
 * One step towards the largest singular value's vectors: v ← W u / ‖W u‖, then u ← Wᵀ v / ‖Wᵀ v‖, W as [kh · kw · in, out].
 * `from`: the u of the step before. Shape: u and from [out], v [kh, kw, in].
 */
export function powerIteration(weight: Tensor, from: Tensor, u: Tensor, v: Tensor): void {
  const { gpu } = weight;
  const matrix = matrixOf(weight);
  using rows = Tensor.untracked(gpu, [matrix.rows], "power iteration");
  timesVector(gpu, matrix, from, rows);
  normalise(gpu, rows, v);
  using columns = Tensor.untracked(gpu, [matrix.columns], "power iteration");
  transposedTimesVector(gpu, matrix, v, columns);
  normalise(gpu, columns, u);
}

const spectralNormOp = defineOp<{ weight: Tensor; u: Tensor; v: Tensor }>()({
  name: "spectralNorm",
  shape({ weight, u, v }) {
    const { rows, columns } = matrixOf(weight);
    if (u.size === columns && v.size === rows) return weight.shape;
    throw new ShapeError(
      `spectralNorm: expected ${columns} elements of u and ${rows} of v for weight ${formatShape(weight.shape)}, ` +
        `got u ${formatShape(u.shape)} and v ${formatShape(v.shape)}.`,
    );
  },
  forward({ gpu, inputs: { weight, u, v }, y, temporary }) {
    const matrix = matrixOf(weight);
    using columns = temporary([matrix.columns]);
    transposedTimesVector(gpu, matrix, v, columns);
    const sigma = temporary([1]);
    timesVector(gpu, { weight: columns, rows: 1, columns: matrix.columns }, u, sigma);
    const { size, grid } = elementwise(y.size);
    gpu.run("spectral-norm/divide", { weight, sigma, y, size }, grid);
    return { y, u, v, sigma };
  },
  backward({ gpu, saved: { y, u, v, sigma }, dy, needs, gradient, temporary }) {
    if (!needs("weight")) return {};
    using inner = temporary([1]);
    using products = temporary(y.shape);
    const { size, grid } = elementwise(y.size);
    gpu.run("elementwise/mul", { a: dy, b: y, y: products, size }, grid);
    withPartials(gpu, y.size, inner, 1, widthOf(y.size), (partialSize, partials, partialGrid) => {
      const { threads } = partialGrid;
      gpu.run("reduce/sum-partial", { x: products, partials, size: partialSize, threads }, partialGrid);
    });
    const dweight = gradient("weight");
    const operands = { dy, inner, sigma, u, v, dweight, columns: u.size, size: y.size };
    gpu.run("spectral-norm/grad", operands, { threads: y.size });
    return { weight: dweight };
  },
});

/**
 * y = W / σ with σ = vᵀ W u, W as the matrix [kh · kw · in, out]; u and v are taken as constants.
 *
 * With u and v from `powerIteration`, σ approaches the largest singular value from below. Shape: weight [kh, kw, in, out],
 * the same out; u [out], v [kh, kw, in]. Throws ShapeError for other sizes. Source: arXiv 1802.05957; PyTorch's
 * spectral_norm.
 */
export function spectralNorm(weight: Tensor, u: Tensor, v: Tensor): Tensor {
  return spectralNormOp({ weight, u, v }, {});
}

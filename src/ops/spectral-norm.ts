import { ShapeError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { formatShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { elementwise } from "./elementwise.js";
import { defineOp } from "./op.js";
import { withPartials } from "./partials.js";
import { widthOf } from "./width.js";

const EPSILON = 1e-12;
/** Invocations of a workgroup, which computes one element. */
const WORKGROUP = 64;

const spectralOp = defineOp<{ weight: Tensor; u: Tensor; v: Tensor }>()({
  name: "spectralNorm",
  shape({ weight, u, v }) {
    const { rows, columns } = matrixOf(weight);
    if (u.size !== columns || v.size !== rows) {
      throw new ShapeError(
        `spectralNorm: expected u [${columns}] and v [${rows}] for the weight ${formatShape(weight.shape)}, ` +
          `got ${formatShape(u.shape)} and ${formatShape(v.shape)}.`,
      );
    }
    return weight.shape;
  },
  forward({ gpu, inputs: { weight, u, v }, y, temporary }) {
    const { rows, columns } = matrixOf(weight);
    const sigma = temporary([1]);
    using image = Tensor.untracked(gpu, [columns], "spectral norm");
    multiply(gpu, weight, v, image, { rows: columns, columns: rows, rowStride: 1, columnStride: columns });
    multiply(gpu, image, u, sigma, { rows: 1, columns, rowStride: columns, columnStride: 1 });
    const { size, grid } = elementwise(y.size);
    gpu.run("spectral/divide", { x: weight, sigma, y, size }, grid);
    return { y, u, v, sigma };
  },
  backward({ gpu, saved: { y, u, v, sigma }, dy, needs, gradient }) {
    if (!needs("weight")) return {};
    const dx = gradient("weight");
    const columns = u.size;
    const { size, grid } = elementwise(y.size);
    using product = Tensor.untracked(gpu, y.shape, "spectral norm");
    using along = Tensor.untracked(gpu, [1], "spectral norm");
    gpu.run("elementwise/mul", { a: dy, b: y, y: product, size }, grid);
    withPartials(gpu, y.size, along, 1, (of, partials, partialGrid) => {
      gpu.run("reduce/sum-partial", { x: product, partials, size: of, threads: partialGrid.threads }, partialGrid);
    });
    const width = widthOf(columns);
    const threads = y.size / width;
    gpu.run("spectral/grad", { dy, u, v, sigma, along, dx, columns: columns / width, size: threads }, { threads, width });
    return { weight: dx };
  },
});

/** A weight as the matrix [rows, columns] that lies in memory: its last axis is the columns. */
function matrixOf(weight: Tensor): { readonly rows: number; readonly columns: number } {
  const columns = weight.shape.at(-1) ?? 1;
  return { rows: weight.size / columns, columns };
}

interface Strides {
  readonly rows: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

function multiply(gpu: Gpu, matrix: Tensor, x: Tensor, y: Tensor, strides: Strides): void {
  gpu.run("spectral/multiply", { matrix, x, y, ...strides }, { threads: strides.rows * WORKGROUP });
}

/**
 * y = weight / σ with σ = vᵀ · W · u, u and v being constants and W the weight as a matrix [all other axes, last axis].
 *
 * Shape: weight [kh, kw, in, out], u [out], v [kh · kw · in] → weight's. Throws ShapeError when they do not fit.
 * Source: arXiv 1802.05957, section 2.1; the gradient is equation 12's.
 */
export function spectralNorm(weight: Tensor, u: Tensor, v: Tensor): Tensor {
  return spectralOp({ weight, u, v }, {});
}

/**
 * One round of the power iteration, outside every graph: v = W · u / |W · u|, then u ← Wᵀ · v / |Wᵀ · v|, in place.
 *
 * Returns v and the new u, which keep their values when `u` is overwritten by the next round. Lengths count as at least
 * 1e-12. Source: arXiv 1802.05957, algorithm 1; PyTorch's spectral_norm.
 */
export function iteratePower(weight: Tensor, u: Tensor): { readonly u: Tensor; readonly v: Tensor } {
  const { gpu } = weight;
  const { rows, columns } = matrixOf(weight);
  const [newU, v] = [Tensor.empty(gpu, [columns], "spectral u"), Tensor.empty(gpu, [rows], "spectral v")];
  using there = Tensor.untracked(gpu, [rows], "spectral norm");
  multiply(gpu, weight, u, there, { rows, columns, rowStride: columns, columnStride: 1 });
  gpu.run("spectral/normalise", { x: there, y: v, size: rows, epsilon: EPSILON }, { threads: 1 });
  using back = Tensor.untracked(gpu, [columns], "spectral norm");
  multiply(gpu, weight, v, back, { rows: columns, columns: rows, rowStride: 1, columnStride: columns });
  gpu.run("spectral/normalise", { x: back, y: newU, size: columns, epsilon: EPSILON }, { threads: 1 });
  gpu.queue.copy(newU.storage, u.storage, columns * 4);
  return { u: newU, v };
}

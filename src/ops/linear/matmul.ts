/** Products of matrices. */
import { ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { formatShape, sameShape, sizeOf } from "../../shape.js";
import { defineOp } from "../../tensor/op.js";
import type { Tensor } from "../../tensor/tensor.js";
import { conv2d } from "../conv/conv2d.js";
import { widthOf } from "../lib/width.js";
import { reshape } from "../shape/reshape.js";

interface Sizes {
  readonly count: number;
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
}

/** A factor, and whether it is stored transposed. */
interface Factor {
  readonly tensor: Tensor;
  readonly transposed: boolean;
}

/** z = a · b for each pair of matrices: by blocks of 8 × 4 if the last axes of all three are multiples of 4, else of 4 × 4. */
function multiply(gpu: Gpu, a: Factor, b: Factor, z: Tensor, sizes: Sizes): Tensor {
  const { count, rows, depth, columns } = sizes;
  const flops = 2 * count * rows * depth * columns;
  if (widthOf(a.transposed ? rows : depth, b.transposed ? depth : columns, columns) === 4) {
    const tune = { A_TRANSPOSED: a.transposed ? 1 : 0, B_TRANSPOSED: b.transposed ? 1 : 0 };
    const threads = count * (Math.ceil(rows / 8) * columns) / 4;
    gpu.run("matmul/batched-vec4", { a: a.tensor, b: b.tensor, z, count, rows, depth, columns: columns / 4 }, { threads, tune, flops });
    return z;
  }
  const [aRow, aColumn] = a.transposed ? [1, rows] : [depth, 1];
  const [bRow, bColumn] = b.transposed ? [1, depth] : [columns, 1];
  const args = { count, rows, depth, columns, aRow, aColumn, bRow, bColumn };
  const threads = count * Math.ceil(rows / 4) * Math.ceil(columns / 4);
  gpu.run("matmul/batched", { a: a.tensor, b: b.tensor, z, ...args }, { threads, flops });
  return z;
}

function sizesOf(a: Tensor, b: Tensor): Sizes {
  const [rows = 0, depth = 0] = a.shape.slice(-2);
  return { count: sizeOf(a.shape.slice(0, -2)), rows, depth, columns: b.shape.at(-1) ?? 0 };
}

const batchedOp = defineOp<{ a: Tensor; b: Tensor }>()({
  name: "matmul",
  shape: ({ a, b }) => [...a.shape.slice(0, -1), b.shape.at(-1) ?? 0],
  forward({ gpu, inputs: { a, b }, y }) {
    multiply(gpu, { tensor: a, transposed: false }, { tensor: b, transposed: false }, y, sizesOf(a, b));
    return { a, b };
  },
  backward({ gpu, saved: { a, b }, dy, needs, gradient }) {
    const { count, rows, depth, columns } = sizesOf(a, b);
    const [plain, flipped] = [{ tensor: dy, transposed: false }, { transposed: true }];
    return {
      a: needs("a") ? multiply(gpu, plain, { tensor: b, ...flipped }, gradient("a"), { count, rows, depth: columns, columns: depth }) : undefined,
      b: needs("b") ? multiply(gpu, { tensor: a, ...flipped }, plain, gradient("b"), { count, rows: depth, depth: rows, columns }) : undefined,
    };
  },
});

/**
 * y = a · b, for each pair of matrices.
 *
 * A single pair is a convolution of 1×1, whose kernels are tuned in all three passes. Several pairs use a simpler kernel, which is
 * faster if k and n are multiples of 4.
 *
 * Shape: a [..., m, k], b [..., k, n] → [..., m, n], with the same leading axes; nothing is broadcast. Throws ShapeError for other
 * shapes. Source: PyTorch's matmul.
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const leads = sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (a.shape.length < 2 || b.shape.length < 2 || !leads || a.shape.at(-1) !== b.shape.at(-2)) {
    throw new ShapeError(
      `matmul: expected a [..., m, k] and b [..., k, n] with the same leading axes, got ${formatShape(a.shape)} and ${formatShape(b.shape)}.`,
    );
  }
  if (sizeOf(a.shape.slice(0, -2)) > 1) return batchedOp({ a, b }, {});
  return multiplyBy(a, b);
}

/**
 * y = x · weight + bias, for each vector along the last axis.
 *
 * Shape: x [..., in], weight [in, out], bias [out] → [..., out]. Throws ShapeError for other shapes. Source: PyTorch's linear,
 * whose weight is [out, in]; this library has the outputs of all weights last.
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [inputs, outputs] = weight.shape;
  const fits = x.shape.length > 0 && weight.shape.length === 2 && x.shape.at(-1) === inputs && (!bias || sameShape(bias.shape, [outputs ?? 0]));
  if (!fits) {
    const got = `${formatShape(x.shape)}, ${formatShape(weight.shape)}${bias ? ` and ${formatShape(bias.shape)}` : ""}`;
    throw new ShapeError(`linear: expected x [..., in], weight [in, out] and bias [out], got ${got}.`);
  }
  return multiplyBy(x, weight, bias);
}

/** The product of all rows of x with one matrix, as a convolution of 1×1 over an image of one line. */
function multiplyBy(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [depth = 0, columns = 0] = weight.shape.slice(-2);
  using scope = x.gpu.scope("product of matrices");
  const image = reshape(x, [1, 1, x.size / depth, depth]);
  const y = conv2d(image, reshape(weight, [1, 1, depth, columns]), bias);
  return scope.keep(reshape(y, [...x.shape.slice(0, -1), columns]));
}

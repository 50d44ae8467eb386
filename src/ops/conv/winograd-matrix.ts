/** Winograd's products by the matrix units of a GPU. */
import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";
import { ELEMENTS, type Multiply } from "./winograd-product.js";

/**
 * NOTE: matrix units round both factors to f16 on all GPUs except Apple's. Their sums are f32.
 *
 * Every element of V and U (or dM) is rounded to 11 bits, which leaves an error of 2⁻¹¹ / √3 of itself; 24 bits would leave
 * 2⁻²⁴ / √3. These errors are amplified like those of all stored values (WINOGRAD_AMPLIFICATION): a result of n products of
 * variance 1 has a deviation of at most 31.5 · √(2n / 3) · 2⁻¹¹, with the 2 for both factors. With 256 channels, n = 2,304,
 * that is 1.3 % of the result's own √n at the worst of the sixteen outputs of a tile.
 *
 * Range: the kernel stages both factors in units of a power of two that follows the largest value of its tile. So nothing
 * overflows. Values below 2⁻²⁸ of the largest lose bits, and values below 2⁻³⁹ of it become zero.
 */
export const HALF_UNIT = 2 ** -11;

/** How many times the rounding to f32 a factor's rounding is. */
export const MATRIX_ROUNDING = HALF_UNIT / 2 ** -24;

/** Matrices of a subgroup, and subgroups of a workgroup: rows and columns of the tile are 2 · 32 each. */
const SIDE = 32;
const ACROSS = 2;
const DOWN = 2;
/** Numbers of the depth that are staged at once: 4 KiB for the 64 rows or columns of each factor. */
const DEPTH = { f16: 32, f32: 16 } as const;
/** vec4 in 16 bytes, by which rows in workgroup memory are longer than necessary. */
const SKEW = { f16: 2, f32: 1 } as const;
/** Bytes of workgroup memory: both factors with their skew, and the sums of a row of matrices of each subgroup. */
const BYTES = 18_432;

/** Whether the caller opted in to matrix units and the kernel's tile fits the device. */
export function matrixFits(gpu: Gpu): boolean {
  const { maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup } = gpu.device.limits;
  const lanes = gpu.subgroupLanes;
  const threads = ACROSS * DOWN * lanes;
  // The kernel's staging is written for whole rounds of 128 invocations.
  const whole = lanes === 32 && threads <= maxComputeInvocationsPerWorkgroup;
  return gpu.matrixUnits !== undefined && whole && BYTES <= maxComputeWorkgroupStorageSize;
}

/** Computes the products. Call it only if `matrixFits`. */
export const multiplyMatrix: Multiply = (gpu, a, b, { rows, depth, columns }, flops) => {
  const units = gpu.matrixUnits;
  if (!units) throw new TypeError("matrices: expected a device with matrix units, got one without.");
  const { M, N, K, elements } = units;
  const z = Tensor.untracked(gpu, [ELEMENTS, rows, columns], "winograd products");
  const WORKGROUP = ACROSS * DOWN * gpu.subgroupLanes;
  const tiles = ELEMENTS * Math.ceil(rows / (DOWN * SIDE)) * Math.ceil(columns / (ACROSS * SIDE));
  const split = { WORKGROUP, LANES: gpu.subgroupLanes, ROWS: SIDE / M, COLUMNS: SIDE / N, ACROSS };
  gpu.run(
    `winograd/multiply-matrix-${elements}`,
    { a, b, z, rows, depth: depth / 4, columns: columns / 4 },
    {
      threads: tiles * WORKGROUP,
      tune: { M, N, K, ...split, DEPTH: DEPTH[elements], SKEW: SKEW[elements] },
      flops,
    },
  );
  return z;
};

import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";
import { fits as subgroupsFit } from "./subgroup.js";
import { allows, chooseProductTile, tiles, tilesOf, tunablesOf, type Tile } from "./tile.js";

/** Elements of a transformed tile, and so products of matrices. */
export const ELEMENTS = 36;
/** Rows of a product that a subgroup computes. */
const ROWS = 16;

/** Of matrices a [rows, depth] and b [depth, columns]. */
export interface MatrixSizes {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
}

/** Computes 36 products; `flops` is for the profiler. */
export type Multiply = (gpu: Gpu, a: Tensor, b: Tensor, sizes: MatrixSizes, flops: number) => Tensor;

/** Whether a device can compute the products: by its subgroups on a software adapter, from workgroup memory on a GPU. */
export function productsFit(gpu: Gpu): boolean {
  return subgroupsFit(gpu) || allows(gpu, tiles["128x64"]);
}

/** The products that the three passes need. */
export interface Products {
  /** z = a · b. */
  readonly multiply: Multiply;
  /** z = aᵀ · b for a [depth, rows], where the device has a kernel for it. */
  readonly multiplyTransposed?: Multiply;
}

/** The way by rule. */
export function productsOf(gpu: Gpu): Products {
  if (subgroupsFit(gpu)) return { multiply: multiplySubgroup };
  const tileOf = (sizes: MatrixSizes): Tile => chooseProductTile(gpu, { ...sizes, count: ELEMENTS });
  return {
    multiply: (device, a, b, sizes, flops) => multiplyTiled(tileOf(sizes), device, a, b, sizes, flops),
    multiplyTransposed: (device, a, b, sizes, flops) => multiplyGradTiled(tileOf(sizes), device, a, b, sizes, flops),
  };
}

/** One tile whatever the sizes. */
export function productsBy(tile: Tile): Products {
  return {
    multiply: (gpu, a, b, sizes, flops) => multiplyTiled(tile, gpu, a, b, sizes, flops),
    multiplyTransposed: (gpu, a, b, sizes, flops) => multiplyGradTiled(tile, gpu, a, b, sizes, flops),
  };
}

const multiplySubgroup: Multiply = (gpu, a, b, { rows, depth, columns }, flops) => {
  const z = Tensor.untracked(gpu, [ELEMENTS, rows, columns], "winograd products");
  const lanes = gpu.subgroupLanes;
  gpu.run(
    "winograd/multiply-subgroup",
    { a, b, z, rows, depth: depth / 4, columns: columns / 4 },
    {
      threads: ELEMENTS * Math.ceil(rows / ROWS) * Math.ceil(columns / 4 / lanes) * lanes,
      tune: { WORKGROUP: lanes, ROWS },
      flops,
    },
  );
  return z;
};

function multiplyTiled(tile: Tile, gpu: Gpu, a: Tensor, b: Tensor, sizes: MatrixSizes, flops: number): Tensor {
  const { rows, depth, columns } = sizes;
  const { PIXELS: HEIGHT, OUTPUTS: WIDTH, UNROLL, ...tunables } = tunablesOf(gpu, tile);
  const z = Tensor.untracked(gpu, [ELEMENTS, rows, columns], "winograd products");
  const across = tilesOf(tile, { ...sizes, count: ELEMENTS });
  gpu.run(
    "winograd/multiply-tiled",
    { a, b, z, rows, depth: depth / 4, columns: columns / 4 },
    { threads: across * tile.WORKGROUP, tune: { ...tunables, HEIGHT, WIDTH, UNROLL }, flops },
  );
  return z;
}

function multiplyGradTiled(tile: Tile, gpu: Gpu, a: Tensor, b: Tensor, sizes: MatrixSizes, flops: number): Tensor {
  const { rows, depth, columns } = sizes;
  const { PIXELS: HEIGHT, OUTPUTS: WIDTH, UNROLL, ...tunables } = tunablesOf(gpu, tile);
  const z = Tensor.untracked(gpu, [ELEMENTS, rows, columns], "winograd products");
  const across = tilesOf(tile, { ...sizes, count: ELEMENTS });
  gpu.run(
    "winograd/multiply-grad-tiled",
    { a, b, z, rows: rows / 4, depth, columns: columns / 4 },
    {
      threads: across * tile.WORKGROUP,
      tune: { ...tunables, HEIGHT: HEIGHT / 4, WIDTH, UNROLL: 4 * UNROLL },
      flops,
    },
  );
  return z;
}

/** The 36 products of matrices in the middle of Winograd's convolution. */
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

/** Whether a device can compute the products: a software adapter by its subgroups, a GPU from workgroup memory. */
export function productsFit(gpu: Gpu): boolean {
  return subgroupsFit(gpu) || allows(gpu, tiles["128x64"]);
}

/** The products that the three passes need. */
export interface Products {
  /** z = a · b. */
  readonly multiply: Multiply;
  /** z = aᵀ · b for a [depth, rows]. Absent if the device has no kernel for it. */
  readonly multiplyTransposed?: Multiply;
}

/** The products as a device takes them by rule. */
export function productsOf(gpu: Gpu): Products {
  if (subgroupsFit(gpu)) return { multiply: multiplySubgroup };
  return tiledProducts((sizes) => chooseProductTile(gpu, { ...sizes, count: ELEMENTS }));
}

/** Products from workgroup memory, by the tile that `tileOf` picks. */
export function tiledProducts(tileOf: (sizes: MatrixSizes) => Tile): Products {
  return {
    multiply: (gpu, a, b, sizes, flops) => multiplyTiled(tileOf(sizes), false, gpu, a, b, sizes, flops),
    multiplyTransposed: (gpu, a, b, sizes, flops) => multiplyTiled(tileOf(sizes), true, gpu, a, b, sizes, flops),
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

/** z = a · b, or aᵀ · b: the first kernel reads vec4 of a's depth, the second vec4 of its rows. */
function multiplyTiled(tile: Tile, transposed: boolean, gpu: Gpu, a: Tensor, b: Tensor, sizes: MatrixSizes, flops: number): Tensor {
  const { rows, depth, columns } = sizes;
  const { PIXELS, OUTPUTS: WIDTH, UNROLL: unroll, ...tunables } = tunablesOf(gpu, tile);
  const z = Tensor.untracked(gpu, [ELEMENTS, rows, columns], "winograd products");
  const counts = transposed ? { rows: rows / 4, depth } : { rows, depth: depth / 4 };
  const [HEIGHT, UNROLL] = transposed ? [PIXELS / 4, 4 * unroll] : [PIXELS, unroll];
  gpu.run(
    transposed ? "winograd/multiply-grad-tiled" : "winograd/multiply-tiled",
    { a, b, z, ...counts, columns: columns / 4 },
    { threads: tilesOf(tile, { ...sizes, count: ELEMENTS }) * tile.WORKGROUP, tune: { ...tunables, HEIGHT, WIDTH, UNROLL }, flops },
  );
  return z;
}

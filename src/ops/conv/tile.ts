/**
 * How GPUs compute a product of matrices: a workgroup stages its operands in workgroup memory and computes a tile from there,
 * and each invocation a smaller tile in registers.
 */
import type { Gpu } from "../../gpu/gpu.js";

/** How a workgroup computes a tile of `rows` × `columns` numbers of a product. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
  /** Invocations, and how many of them are side by side along the columns. */
  readonly WORKGROUP: number;
  readonly COLUMNS: number;
  /** Rows of an invocation. */
  readonly PIXELS: number;
  /** Columns of an invocation, in vec4. */
  readonly OUTPUTS: number;
}

/** Tiles by name. An invocation keeps 8 × 8 numbers in registers, or as many as the name says; in 64x32 8 × 4, in 32x32 4 × 4. */
export const tiles = {
  "128x128": { rows: 128, columns: 128, WORKGROUP: 256, COLUMNS: 16, PIXELS: 8, OUTPUTS: 2 },
  "128x64": { rows: 128, columns: 64, WORKGROUP: 128, COLUMNS: 8, PIXELS: 8, OUTPUTS: 2 },
  "64x64": { rows: 64, columns: 64, WORKGROUP: 64, COLUMNS: 8, PIXELS: 8, OUTPUTS: 2 },
  "64x128/4x8": { rows: 64, columns: 128, WORKGROUP: 256, COLUMNS: 16, PIXELS: 4, OUTPUTS: 2 },
  "64x64/4x8": { rows: 64, columns: 64, WORKGROUP: 128, COLUMNS: 8, PIXELS: 4, OUTPUTS: 2 },
  "64x64/4x4": { rows: 64, columns: 64, WORKGROUP: 256, COLUMNS: 16, PIXELS: 4, OUTPUTS: 1 },
  "64x32": { rows: 64, columns: 32, WORKGROUP: 64, COLUMNS: 8, PIXELS: 8, OUTPUTS: 1 },
  "32x32": { rows: 32, columns: 32, WORKGROUP: 64, COLUMNS: 8, PIXELS: 4, OUTPUTS: 1 },
} as const satisfies Readonly<Record<string, Tile>>;

/** What suits a kind of GPU. */
interface DeviceClass {
  /** Tiles of convolutions to take without tuning, best first. */
  readonly tiles: readonly Tile[];
  /** Tiles of plain products, such as Winograd's. */
  readonly productTiles: readonly Tile[];
  /** vec4 of the depth that are multiplied in a straight line. */
  readonly unroll: 1 | 4;
  /** Lanes of a subgroup to request, if the device allows it. Absent: the driver decides. */
  readonly subgroup?: number;
  /** Invocations that fill a device of the class. */
  readonly invocations: number;
}

/**
 * By vendor, as adapters call it, or by vendor and architecture.
 *
 * nvidia: measured on an H200, bench/LADDER.md. A multiprocessor holds some 256 invocations of 150 registers, and a large GPU
 * has 132 multiprocessors. With fewer invocations the depth is split.
 * The others follow from what their compilers make of the kernels (`npm run bench:compilers` for AMD). On amd, straight-line
 * code removes the waits before the multiply-adds; gcn, which has the fewest registers for a wave, keeps two waves with 4 × 8
 * numbers. Apple's compiler runs out of registers with 8 × 8, Intel's with anything but 4 × 4 in subgroups of 8. Their GPUs
 * have some 10 to 40 cores of 128 lanes, or 32 of 16.
 */
const classes: Readonly<Record<string, DeviceClass>> = {
  nvidia: {
    tiles: [tiles["64x64"], tiles["64x32"], tiles["32x32"]],
    productTiles: [tiles["64x64/4x8"], tiles["32x32"]],
    unroll: 4,
    invocations: 33_792,
  },
  amd: {
    tiles: [tiles["128x128"], tiles["64x128/4x8"], tiles["64x64/4x8"], tiles["64x32"], tiles["32x32"]],
    productTiles: [tiles["128x128"], tiles["64x128/4x8"], tiles["64x64/4x8"], tiles["32x32"]],
    unroll: 4,
    invocations: 33_792,
  },
  "amd gcn-5": {
    tiles: [tiles["64x128/4x8"], tiles["64x64/4x8"], tiles["64x32"], tiles["32x32"]],
    productTiles: [tiles["64x128/4x8"], tiles["64x64/4x8"], tiles["32x32"]],
    unroll: 4,
    invocations: 16_384,
  },
  apple: {
    tiles: [tiles["64x64/4x8"], tiles["64x32"], tiles["32x32"]],
    productTiles: [tiles["64x64/4x8"], tiles["32x32"]],
    unroll: 1,
    invocations: 8_192,
  },
  intel: {
    tiles: [tiles["64x64/4x4"], tiles["32x32"]],
    productTiles: [tiles["64x64/4x4"], tiles["32x32"]],
    unroll: 1,
    subgroup: 8,
    invocations: 8_192,
  },
};
const large: readonly Tile[] = [tiles["128x64"], tiles["64x64"], tiles["64x32"], tiles["32x32"]];
const otherClass: DeviceClass = { tiles: large, productTiles: large, unroll: 1, invocations: 33_792 };

/** Classes by adapter, because every dispatch of a convolution asks. */
const known = new WeakMap<GPUAdapterInfo, DeviceClass>();

function classOf({ adapterInfo }: Gpu): DeviceClass {
  const found = known.get(adapterInfo);
  if (found) return found;
  const { vendor, architecture } = adapterInfo;
  const wanted = classes[`${vendor} ${architecture}`] ?? classes[vendor] ?? otherClass;
  known.set(adapterInfo, wanted);
  return wanted;
}

/** Numbers of the depth in one round: 4 vec4, DEPTH or SLICE in the shaders. */
export const SLICE = 16;
/**
 * A split multiplies at least this many slices. Then 64 × 64 partial sums, which are 32 KiB written and read, take 2.1 million
 * operations: 64 a byte, and a large GPU does some 14 in the time that a byte takes.
 */
export const MIN_SLICES = 16;

/** A product of rows × columns numbers over a depth, `count` times. */
export interface Product {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly count: number;
}

export interface Plan {
  readonly tile: Tile;
  readonly tiles: number;
  readonly splits: number;
}

/** Tiles that cover a product. */
export function tilesOf(tile: Tile, { rows, columns, count }: Product): number {
  return Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns) * count;
}

/** The tunables of a kernel that computes by this tile. */
export function tunablesOf(gpu: Gpu, { WORKGROUP, COLUMNS, PIXELS, OUTPUTS }: Tile) {
  const { unroll, subgroup } = classOf(gpu);
  const { subgroupMinSize, subgroupMaxSize } = gpu.adapterInfo;
  const offered = subgroup !== undefined && subgroup >= subgroupMinSize && subgroup <= subgroupMaxSize;
  const asked = offered && gpu.device.features.has("subgroup-size-control") ? { SUBGROUP: subgroup } : {};
  return { WORKGROUP, COLUMNS, PIXELS, OUTPUTS, UNROLL: unroll, ...asked };
}

/** Splits the depth until the device is about full, but into splits of at least MIN_SLICES and no more than a binding holds. */
export function planTile(gpu: Gpu, tile: Tile, product: Product): Plan {
  const { rows, columns, count, depth } = product;
  const across = tilesOf(tile, product);
  const wanted = Math.round(classOf(gpu).invocations / (across * tile.WORKGROUP));
  const bound = Math.floor(gpu.device.limits.maxStorageBufferBindingSize / (4 * rows * columns * count));
  const splits = Math.min(wanted, bound, Math.floor(depth / (SLICE * MIN_SLICES)));
  return { tile, tiles: across, splits: Math.max(1, splits) };
}

/** Takes the first allowed tile that is less than twice as wide as the product and about fills the device, or the smallest. */
export function choosePlan(gpu: Gpu, product: Product): Plan {
  return choose(gpu, product, classOf(gpu).tiles);
}

/** The tile of a plain product without splits. */
export function chooseProductTile(gpu: Gpu, product: Product): Tile {
  return choose(gpu, { ...product, depth: 0 }, classOf(gpu).productTiles).tile;
}

function choose(gpu: Gpu, product: Product, preferred: readonly Tile[]): Plan {
  const fitting = preferred.filter((tile) => allows(gpu, tile) && tile.columns < 2 * product.columns);
  const plans = fitting.map((tile) => planTile(gpu, tile, product));
  const least = classOf(gpu).invocations / 1.5;
  const enough = plans.find(({ tile, tiles: across, splits }) => across * splits * tile.WORKGROUP >= least);
  return enough ?? planTile(gpu, tiles["32x32"], product);
}

/** Whether a device has the workgroup memory and invocations for a tile. Software adapters never do: staging gains nothing there. */
export function allows(gpu: Gpu, { rows, columns, WORKGROUP }: Tile): boolean {
  const { maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup } = gpu.device.limits;
  // Both operands, and a word through which one shader shares the number of its group.
  const bytes = 4 * SLICE * (rows + columns) + 16;
  return !gpu.isCpu && bytes <= maxComputeWorkgroupStorageSize && WORKGROUP <= maxComputeInvocationsPerWorkgroup;
}

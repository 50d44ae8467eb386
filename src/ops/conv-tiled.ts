import type { Gpu } from "../gpu/gpu.js";
import { Tensor } from "../tensor.js";
import { convFlops, transposedSizes, type ConvGeometry } from "./conv-geometry.js";
import type { ConvOperands, ConvVariant, WeightGradOperands } from "./conv-variant.js";
import { reduceRows } from "./reduce-rows.js";

/**
 * The variants for GPUs: a workgroup stages its operands in workgroup memory and computes a tile of the product from there,
 * each invocation a smaller tile in registers.
 */

/** How a workgroup computes a tile of `rows` × `columns` numbers of a product. */
interface Tile {
  readonly rows: number;
  readonly columns: number;
  /** Invocations, and how many of them stand side by side along the columns. */
  readonly WORKGROUP: number;
  readonly COLUMNS: number;
  /** Rows of an invocation. */
  readonly PIXELS: number;
  /** Columns of an invocation, in vec4. */
  readonly OUTPUTS: number;
}

/** Tiles by name, largest first. In registers all but the last two have 8 × 8 numbers, those 8 × 4 and 4 × 4. */
const tiles = {
  "128x128": { rows: 128, columns: 128, WORKGROUP: 256, COLUMNS: 16, PIXELS: 8, OUTPUTS: 2 },
  "128x64": { rows: 128, columns: 64, WORKGROUP: 128, COLUMNS: 8, PIXELS: 8, OUTPUTS: 2 },
  "64x64": { rows: 64, columns: 64, WORKGROUP: 64, COLUMNS: 8, PIXELS: 8, OUTPUTS: 2 },
  "64x32": { rows: 64, columns: 32, WORKGROUP: 64, COLUMNS: 8, PIXELS: 8, OUTPUTS: 1 },
  "32x32": { rows: 32, columns: 32, WORKGROUP: 64, COLUMNS: 8, PIXELS: 4, OUTPUTS: 1 },
} as const satisfies Readonly<Record<string, Tile>>;

/** What is taken without tuning, best first: 128 × 128 loads least, but few of its workgroups fit a multiprocessor. */
const preferred: readonly Tile[] = [tiles["128x64"], tiles["64x64"], tiles["64x32"], tiles["32x32"]];

/**
 * Invocations wanted at once. The shaders need about 150 registers, so that a multiprocessor of 65,536 holds some 400: a GPU
 * of 132 is filled once by 55,000.
 */
const INVOCATIONS = 65_536;
/** Of the depth, in one round; DEPTH and SLICE of the shaders. */
const SLICE = 16;
/**
 * A split multiplies at least so many slices: 64 × 64 partial sums are 32 KiB written and read, and 2.1 million operations
 * at 256 of depth, 64 to a byte, where a large GPU does some 14 in the time of a byte.
 */
const MIN_SLICES = 16;
/** Narrower products would leave more than half of the narrowest tile idle. */
const MIN_CHANNELS = 16;

/** A product of rows × columns numbers over a depth, `count` times. */
interface Product {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly count: number;
}

interface Plan {
  readonly tile: Tile;
  readonly tiles: number;
  readonly splits: number;
}

/** Cuts the depth until there are INVOCATIONS, but no finer than MIN_SLICES. */
function planTile(tile: Tile, { rows, columns, depth, count }: Product): Plan {
  const across = Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns) * count;
  const wanted = Math.ceil(INVOCATIONS / (across * tile.WORKGROUP));
  const most = Math.max(1, Math.floor(depth / (SLICE * MIN_SLICES)));
  return { tile, tiles: across, splits: Math.min(wanted, most) };
}

/** The first preferred tile that is not twice as wide as the product and gives the device enough to do, or the smallest. */
function choosePlan(product: Product): Plan {
  const plans = preferred.filter(({ columns }) => columns < 2 * product.columns).map((tile) => planTile(tile, product));
  const enough = plans.find(({ tile, tiles: across, splits }) => across * splits * tile.WORKGROUP >= INVOCATIONS);
  return enough ?? planTile(tiles["32x32"], product);
}

const products = {
  forward: (g: ConvGeometry): Product => {
    const depth = g.kernelHeight * g.kernelWidth * g.channels;
    return { rows: g.n * g.outHeight * g.outWidth, columns: g.outChannels, depth, count: 1 };
  },
  /** One for each stride phase; its depth is that of the phase with most taps. */
  transposed: (g: ConvGeometry): Product => {
    const depth = Math.ceil(g.kernelHeight / g.stride) * Math.ceil(g.kernelWidth / g.stride) * g.outChannels;
    return { rows: transposedSizes(g).phasePixels, columns: g.channels, depth, count: g.stride * g.stride };
  },
  weightGrad: (g: ConvGeometry): Product => {
    const rows = g.kernelHeight * g.kernelWidth * g.channels;
    return { rows, columns: g.outChannels, depth: g.n * g.outHeight * g.outWidth, count: 1 };
  },
};

type PlanOf = (product: Product) => Plan;

/** Runs `body` with room for the partial results of every split, and adds those up in `result`. */
function withSplits(gpu: Gpu, splits: number, result: Tensor, body: (partials: Tensor) => void): void {
  using partials = splits === 1 ? result.alias() : Tensor.untracked(gpu, [splits, result.size], "sums of splits");
  body(partials);
  if (splits > 1) reduceRows(gpu, partials, result, { groups: 1, rows: splits, columns: result.size });
}

function forward(planOf: PlanOf, gpu: Gpu, g: ConvGeometry, { x, w, bias, y: result }: ConvOperands): void {
  const { height, width, outHeight, outWidth, kernelHeight, kernelWidth, stride, padding, reflect } = g;
  const product = products.forward(g);
  const { rows: pixels, depth } = product;
  const { tile, tiles: across, splits: wanted } = planOf(product);
  const slicesPerSplit = Math.ceil(depth / SLICE / wanted);
  const splits = Math.ceil(depth / SLICE / slicesPerSplit);
  const channels = g.channels / 4;
  const outChannels = g.outChannels / 4;
  const sizes = { height, width, channels, outHeight, outWidth, outChannels, pixels, splits, slicesPerSplit };
  const { WORKGROUP, COLUMNS, PIXELS, OUTPUTS } = tile;
  withSplits(gpu, splits, result, (y) =>
    gpu.run(
      "conv2d/forward-tiled",
      { x, w, bias: bias ?? w, y, ...sizes, kernelHeight, kernelWidth, stride, padding, reflect, hasBias: bias ? 1 : 0 },
      { threads: across * splits * WORKGROUP, tune: { WORKGROUP, COLUMNS, PIXELS, OUTPUTS }, flops: convFlops(g) },
    ),
  );
}

function transposed(planOf: PlanOf, gpu: Gpu, g: ConvGeometry, { x, w, bias, y: result }: ConvOperands): void {
  const { kernelHeight, kernelWidth, stride, padding } = g;
  const sizes = transposedSizes(g);
  const { tile, tiles: across, splits } = planOf(products.transposed(g));
  const pixels = g.n * g.height * g.width;
  const { WORKGROUP, COLUMNS, PIXELS, OUTPUTS } = tile;
  withSplits(gpu, splits, result, (y) =>
    gpu.run(
      "conv2d/transposed-tiled",
      { x, w, bias: bias ?? w, y, ...sizes, pixels, splits, kernelHeight, kernelWidth, stride, padding, hasBias: bias ? 1 : 0 },
      { threads: across * splits * WORKGROUP, tune: { WORKGROUP, COLUMNS, PIXELS, OUTPUTS }, flops: convFlops(g) },
    ),
  );
}

function weightGrad(planOf: PlanOf, gpu: Gpu, g: ConvGeometry, { x, dy, dw }: WeightGradOperands): void {
  const { height, width, outHeight, outWidth, kernelHeight, kernelWidth, stride, padding, reflect } = g;
  const product = products.weightGrad(g);
  const { depth: pixels } = product;
  const { tile, tiles: across, splits: wanted } = planOf(product);
  const slicesPerSplit = Math.ceil(pixels / SLICE / wanted);
  const splits = Math.ceil(pixels / SLICE / slicesPerSplit);
  const channels = g.channels / 4;
  const outChannels = g.outChannels / 4;
  const sizes = { height, width, channels, outHeight, outWidth, outChannels, pixels, splits, slicesPerSplit };
  const { WORKGROUP, COLUMNS, PIXELS, OUTPUTS } = tile;
  withSplits(gpu, splits, dw, (partials) =>
    gpu.run(
      "conv2d/weight-grad-tiled",
      { x, dy, partials, ...sizes, kernelHeight, kernelWidth, stride, padding, reflect },
      { threads: across * splits * WORKGROUP, tune: { WORKGROUP, COLUMNS, INPUTS: PIXELS / 4, OUTPUTS }, flops: convFlops(g) },
    ),
  );
}

/** Whether a device has the workgroup memory and the invocations; software adapters, where staging buys nothing, never do. */
function allows(gpu: Gpu, { rows, columns, WORKGROUP }: Tile): boolean {
  const { maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup } = gpu.device.limits;
  // Both operands, and a word that one shader shares the number of its group by.
  const bytes = 4 * SLICE * (rows + columns) + 16;
  return !gpu.isCpu && bytes <= maxComputeWorkgroupStorageSize && WORKGROUP <= maxComputeInvocationsPerWorkgroup;
}

/** The ways of the three passes: `planOf` plans their product, `fits` knows the devices, `pays` the products. */
function variantsOf(planOf: PlanOf, fits: (gpu: Gpu) => boolean, pays: (product: Product, pass: keyof typeof products) => boolean) {
  return {
    forward: {
      fits,
      pays: (g) => pays(products.forward(g), "forward"),
      run: (gpu, g, operands) => forward(planOf, gpu, g, operands),
    } satisfies ConvVariant<ConvOperands>,
    transposed: {
      fits,
      pays: (g) => pays(products.transposed(g), "transposed"),
      run: (gpu, g, operands) => transposed(planOf, gpu, g, operands),
    } satisfies ConvVariant<ConvOperands>,
    weightGrad: {
      fits,
      pays: (g) => pays(products.weightGrad(g), "weightGrad"),
      run: (gpu, g, operands) => weightGrad(planOf, gpu, g, operands),
    } satisfies ConvVariant<WeightGradOperands>,
  };
}

/** The tile by rule. */
export const tiled = variantsOf(
  choosePlan,
  (gpu) => allows(gpu, tiles["128x64"]),
  ({ rows, columns, depth, count }, pass) => {
    if (columns >= MIN_CHANNELS) return true;
    // A patch map: few numbers, each of a long sum that the direct kernel does not split.
    return pass !== "weightGrad" && depth >= 2 * SLICE * MIN_SLICES && rows * columns * count < INVOCATIONS;
  },
);

/** One tile whatever the sizes, for the tuner to choose from: `tiled/64x64` and so on. */
export const tiledBySize = {
  forward: bySize("forward"),
  transposed: bySize("transposed"),
  weightGrad: bySize("weightGrad"),
};

function bySize<Pass extends keyof typeof tiled>(pass: Pass): Readonly<Record<string, (typeof tiled)[Pass]>> {
  const named = Object.entries(tiles).map(([name, tile]) => {
    const variants = variantsOf(
      (product) => planTile(tile, product),
      (gpu) => allows(gpu, tile),
      () => false,
    );
    return [`tiled/${name}`, variants[pass]] as const;
  });
  return Object.fromEntries(named);
}

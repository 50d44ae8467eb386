/**
 * The variants for GPUs: a workgroup stages its operands in workgroup memory and computes a tile of the product from there,
 * and each invocation a smaller tile in registers.
 */
import type { Gpu } from "../../gpu/gpu.js";
import { convFlops, transposedSizes, type ConvGeometry } from "./geometry.js";
import { allows, choosePlan, MIN_SLICES, planTile, SLICE, tiles, tunablesOf, type Plan, type Product } from "./tile.js";
import type { ConvOperands, ConvVariant, WeightGradOperands } from "./pass.js";
import { withSplits } from "./splits.js";

/** A narrower product would leave more than half of the narrowest tile idle. */
const MIN_CHANNELS = 16;
/** A product of fewer numbers leaves a large device idle unless its depth is split. */
const FEW = 65_536;

const products = {
  forward: (g: ConvGeometry): Product => {
    const depth = g.kernelHeight * g.kernelWidth * g.channels;
    return { rows: g.n * g.outHeight * g.outWidth, columns: g.outChannels, depth, count: 1 };
  },
  /** A product for each stride phase, as deep as the phase with most taps. */
  transposed: (g: ConvGeometry): Product => {
    const depth = Math.ceil(g.kernelHeight / g.stride) * Math.ceil(g.kernelWidth / g.stride) * g.outChannels;
    return { rows: transposedSizes(g).phasePixels, columns: g.channels, depth, count: g.stride * g.stride };
  },
  weightGrad: (g: ConvGeometry): Product => {
    const rows = g.kernelHeight * g.kernelWidth * g.channels;
    // Slices do not continue from one line to the next.
    const depth = g.n * g.outHeight * Math.ceil(g.outWidth / SLICE) * SLICE;
    return { rows, columns: g.outChannels, depth, count: 1 };
  },
};

type PlanOf = (gpu: Gpu, product: Product) => Plan;

/** The tile that the rule takes for a product, and into how many parts its depth is cut: `128x64`, `64x64 in 4 splits`. */
export function describePlan(gpu: Gpu, pass: keyof typeof products, g: ConvGeometry): string {
  const { tile, splits } = choosePlan(gpu, products[pass](g));
  const [name = ""] = Object.entries(tiles).find(([, one]) => one === tile) ?? [];
  return splits === 1 ? name : `${name} in ${splits} splits`;
}

function forward(planOf: PlanOf, gpu: Gpu, g: ConvGeometry, { x, w, bias, y: result }: ConvOperands): void {
  const { height, width, outHeight, outWidth, kernelHeight, kernelWidth, stride, padding, reflect } = g;
  const product = products.forward(g);
  const { rows: pixels, depth } = product;
  const { tile, tiles: across, splits: wanted } = planOf(gpu, product);
  const slicesPerSplit = Math.ceil(depth / SLICE / wanted);
  const splits = Math.ceil(depth / SLICE / slicesPerSplit);
  const channels = g.channels / 4;
  const outChannels = g.outChannels / 4;
  const sizes = { height, width, channels, outHeight, outWidth, outChannels, pixels, splits, slicesPerSplit };
  withSplits(gpu, splits, result, false, (y) =>
    gpu.run(
      "conv2d/forward-tiled",
      { x, w, bias: bias ?? w, y, ...sizes, kernelHeight, kernelWidth, stride, padding, reflect, hasBias: bias ? 1 : 0 },
      { threads: across * splits * tile.WORKGROUP, tune: tunablesOf(gpu, tile), flops: convFlops(g) },
    ),
  );
}

function transposed(planOf: PlanOf, gpu: Gpu, g: ConvGeometry, { x, w, bias, y: result }: ConvOperands): void {
  const { kernelHeight, kernelWidth, stride, padding } = g;
  const sizes = transposedSizes(g);
  const { tile, tiles: across, splits } = planOf(gpu, products.transposed(g));
  const pixels = g.n * g.height * g.width;
  withSplits(gpu, splits, result, false, (y) =>
    gpu.run(
      "conv2d/transposed-tiled",
      { x, w, bias: bias ?? w, y, ...sizes, pixels, splits, kernelHeight, kernelWidth, stride, padding, hasBias: bias ? 1 : 0 },
      { threads: across * splits * tile.WORKGROUP, tune: tunablesOf(gpu, tile), flops: convFlops(g) },
    ),
  );
}

function weightGrad(planOf: PlanOf, gpu: Gpu, g: ConvGeometry, { x, dy, dw, adds = false }: WeightGradOperands): void {
  const { height, width, outHeight, outWidth, kernelHeight, kernelWidth, stride, padding, reflect } = g;
  const product = products.weightGrad(g);
  const { tile, tiles: across, splits: wanted } = planOf(gpu, product);
  const slicesPerSplit = Math.ceil(product.depth / SLICE / wanted);
  const splits = Math.ceil(product.depth / SLICE / slicesPerSplit);
  const channels = g.channels / 4;
  const outChannels = g.outChannels / 4;
  const sizes = { height, width, channels, outHeight, outWidth, outChannels, images: g.n, splits, slicesPerSplit };
  const { PIXELS, UNROLL, ...tunables } = tunablesOf(gpu, tile);
  withSplits(gpu, splits, dw, adds, (partials) =>
    gpu.run(
      "conv2d/weight-grad-tiled",
      { x, dy, partials, ...sizes, kernelHeight, kernelWidth, stride, padding, reflect },
      {
        threads: across * splits * tile.WORKGROUP,
        tune: { ...tunables, INPUTS: PIXELS / 4, UNROLL: 4 * UNROLL },
        flops: convFlops(g),
      },
    ),
  );
}

/** The variants of the three passes. `planOf` plans their product, `fits` says for which devices, `pays` for which products. */
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

/** The variant that picks the tile by rule. */
export const tiled = variantsOf(
  choosePlan,
  (gpu) => allows(gpu, tiles["128x64"]),
  ({ rows, columns, depth, count }, pass) => {
    if (columns >= MIN_CHANNELS) return true;
    // A patch map is few numbers, each a long sum that the direct kernel does not split.
    return pass !== "weightGrad" && depth >= 2 * SLICE * MIN_SLICES && rows * columns * count < FEW;
  },
);

/** A variant for each tile, for the tuner to choose from: `tiled/64x64` and so on. */
export const tiledBySize = {
  forward: bySize("forward"),
  transposed: bySize("transposed"),
  weightGrad: bySize("weightGrad"),
};

function bySize<Pass extends keyof typeof tiled>(pass: Pass): Readonly<Record<string, (typeof tiled)[Pass]>> {
  const named = Object.entries(tiles).map(([name, tile]) => {
    const variants = variantsOf(
      (gpu, product) => planTile(gpu, tile, product),
      (gpu) => allows(gpu, tile),
      () => false,
    );
    return [`tiled/${name}`, variants[pass]] as const;
  });
  return Object.fromEntries(named);
}

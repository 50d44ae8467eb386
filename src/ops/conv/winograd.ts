/** The variant for 3×3 convolutions at stride 1: Winograd's F(4×4, 3×3). */
import type { DType } from "../../dtype.js";
import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";
import { convFlops, type ConvGeometry } from "./geometry.js";
import { allows, tiles } from "./tile.js";
import type { ConvOperands, ConvVariant, SharedGradient, WeightGradOperands } from "./pass.js";
import { MATRIX_ROUNDING, matrixFits, multiplyMatrix } from "./winograd-matrix.js";
import { ELEMENTS, productsFit, productsOf, tiledProducts, type Products } from "./winograd-product.js";
import { roundUp4 } from "./pad-channels.js";

/**
 * NOTE: Winograd's F(4×4, 3×3), by Lavin and Gray (arXiv 1509.09308), makes 4×4 outputs of a 6×6 window d with 36
 * multiplications a channel instead of 144:
 *
 *   V = Bᵀ d B      U = G w Gᵀ      M[k] = Σ_c V[k, c] · U[k, c, o]      y = Aᵀ M A
 *
 * V, U and M have 36 elements k, and M is 36 products of matrices (tiles × channels). Every step is linear in each
 * operand, so the gradients run it backwards. For the input, dM = A dy Aᵀ, dV[k] = dM[k] · U[k]ᵀ, and the windows B dV Bᵀ are
 * summed where they overlap or reflect one another. For the weight, dU[k] = V[k]ᵀ · dM[k] and dw = Gᵀ dU G. V is computed
 * again for that, because keeping it would take 2.25 times the memory of the activations.
 */

/** Outputs along an axis of a tile, and elements along an axis of its transform. */
const TILE = 4;
const ORDER = 6;
/** Tiles are computed in groups of this many. */
const ROWS = 16;
/** The cost of a load or a store of a float on a software adapter, in multiply-adds of a product of matrices; measured. */
const FLOAT_COST = 20;
/** The transforms of a tile load and store 36 + 36 floats an input channel and 36 + 16 an output channel. */
const INPUT_FLOATS = 72;
const OUTPUT_FLOATS = 52;
/** The transform of a weight loads and stores 9 + 36 floats for each pair of channels. */
const WEIGHT_FLOATS = 45;

/**
 * How many times the rounding error of a plain sum of products a result of Winograd's F(4×4, 3×3) may have. Multiply a
 * tolerance for the plain sum by it.
 *
 * Let inputs and weights be independent with variance 1, and every stored value carry an error in proportion to its size.
 * In one dimension, element k of V then has the variance |row k of Bᵀ|² = 42, 34, 34, 10, 10, 42, and element k of U has
 * |row k of G|² = 1/16, 1/12, 1/12, 7/192, 7/192, 1. Output i adds their products with the squares of Aᵀ[i, k]. The last, with
 * Aᵀ[3] = 0, 1, −1, 8, −8, 1, has 94.3; the plain sum of three products has 3. That is 31.4 times the variance, so in two
 * dimensions 31.4² times the variance and 31.4 times the deviation. The gradients stay below: 17.5 for the input's, with A and B
 * exchanged, and 24.2 for the weight's. Over all outputs of a tile it is 10.8. With 256 channels, 3.9 was measured, because the sums
 * are also a ninth as long.
 */
export const WINOGRAD_AMPLIFICATION = 31.5;

/** Whether the kernels can compute it: 3×3 at stride 1, products for this device, transforms that a binding holds. */
export function fits(gpu: Gpu, g: ConvGeometry): boolean {
  return productsFit(gpu) && applies(gpu, g);
}

function applies(gpu: Gpu, g: ConvGeometry): boolean {
  const floats = ELEMENTS * Math.max(g.channels, g.outChannels) * tilesOf(g).count;
  const bound = floats * 4 <= gpu.device.limits.maxStorageBufferBindingSize;
  return g.kernelHeight === 3 && g.kernelWidth === 3 && g.stride === 1 && bound;
}

/** Whether it is faster than the plain sum of products: with enough channels and tiles, the transforms pay. */
export function pays(g: ConvGeometry): boolean {
  const { channels, outChannels } = g;
  const { count } = tilesOf(g);
  const products = ELEMENTS * Math.ceil(count / ROWS) * ROWS * channels * outChannels;
  const tileFloats = count * (INPUT_FLOATS * channels + OUTPUT_FLOATS * outChannels);
  const floats = tileFloats + WEIGHT_FLOATS * channels * outChannels;
  return products + FLOAT_COST * floats < convFlops(g) / 2;
}

function forward({ multiply }: Products, gpu: Gpu, g: ConvGeometry, { x, w, bias, y }: ConvOperands): void {
  const { n: images, outHeight: height, outWidth: width, channels: depth, outChannels: channels } = g;
  const { tileRows, tileColumns, count: rows } = tilesOf(g);
  using v = transformInput(gpu, g, x, "tiles");
  using u = transformWeight(gpu, g, w, "channels", x.dtype);
  using m = multiply(gpu, v, u, { rows, depth, columns: channels }, convFlops(g));
  const size = m.size / ELEMENTS;
  const sizes = { height, width, channels, tileRows, tileColumns, images, size, order: ORDER };
  const args = { m, bias: bias ?? w, y, ...sizes, hasBias: bias ? 1 : 0 };
  gpu.run("winograd/output", args, { threads: size, tune: transformOf(gpu) });
}

function transposed({ multiply }: Products, gpu: Gpu, g: ConvGeometry, { x, w, bias, y, adds, shared }: ConvOperands): void {
  const { height, width, channels, outChannels: depth, padding, reflect } = g;
  const { tileRows, tileColumns, count: rows } = tilesOf(g);
  using dm = transformOutputGrad(gpu, g, x, shared);
  using u = transformWeight(gpu, g, w, "outChannels", x.dtype);
  using windows = multiply(gpu, dm, u, { rows, depth, columns: channels }, convFlops(g));
  const elements = windows.size / ELEMENTS;
  gpu.run("winograd/windows", { windows, size: elements, order: ORDER }, { threads: elements, tune: transformOf(gpu) });
  const sizes = { height, width, channels: channels / 4, tileRows, tileColumns, elements: elements / 4 };
  const size = y.size / 4;
  gpu.run(
    "winograd/gather",
    { windows, bias: bias ?? w, y, ...sizes, padding, reflect, hasBias: bias ? 1 : 0, adds: adds ? 1 : 0, size },
    { threads: size },
  );
}

function weightGrad(products: Products, gpu: Gpu, g: ConvGeometry, { x, dy, dw, adds, shared }: WeightGradOperands): void {
  const { multiply, multiplyTransposed } = products;
  const { count: depth } = tilesOf(g);
  using v = transformInput(gpu, g, x, multiplyTransposed ? "tiles" : "channels");
  using dm = transformOutputGrad(gpu, g, dy, shared);
  using du = (multiplyTransposed ?? multiply)(gpu, v, dm, { rows: g.channels, depth, columns: g.outChannels }, convFlops(g));
  const size = du.size / ELEMENTS;
  gpu.run("winograd/weight-grad", { du, dw, size, order: ORDER, adds: adds ? 1 : 0 }, { threads: size, tune: transformOf(gpu) });
}

/** The 4×4 tiles that cover the outputs. The transforms have `count` tiles, a multiple of 4. */
function tilesOf(g: ConvGeometry) {
  const tileRows = Math.ceil(g.outHeight / TILE);
  const tileColumns = Math.ceil(g.outWidth / TILE);
  return { tileRows, tileColumns, count: roundUp4(g.n * tileRows * tileColumns) };
}

/** GPUs get the loops of a transform unrolled. */
function transformOf(gpu: Gpu) {
  return { ORDER: gpu.isCpu ? 0 : ORDER };
}

/** V as matrices whose rows are the tiles, or the channels. */
function transformInput(gpu: Gpu, g: ConvGeometry, x: Tensor, rows: "tiles" | "channels"): Tensor {
  const { n: images, height, width, channels, padding, reflect } = g;
  const { tileRows, tileColumns, count } = tilesOf(g);
  const v = Tensor.untracked(gpu, [ELEMENTS, count, channels], "winograd inputs", x.dtype);
  const size = count * channels;
  const sizes = { height, width, channels, tileRows, tileColumns, images, size, order: ORDER };
  const args = { x, v, ...sizes, padding, reflect, transposed: rows === "tiles" ? 0 : 1 };
  gpu.run("winograd/input", args, { threads: size, tune: transformOf(gpu) });
  return v;
}

/** dM as matrices whose rows are the tiles. */
function transformOutputGrad(gpu: Gpu, g: ConvGeometry, dy: Tensor, shared?: SharedGradient): Tensor {
  const make = (): Tensor => {
    const { n: images, outHeight: height, outWidth: width, outChannels: channels } = g;
    const { tileRows, tileColumns, count } = tilesOf(g);
    const dm = Tensor.untracked(gpu, [ELEMENTS, count, channels], "winograd output gradients", dy.dtype);
    const size = count * channels;
    const sizes = { height, width, channels, tileRows, tileColumns, images, size, order: ORDER };
    gpu.run("winograd/output-grad", { dy, dm, ...sizes }, { threads: size, tune: transformOf(gpu) });
    return dm;
  };
  return shared?.take(make) ?? make();
}

/** U as matrices whose rows are the channels, or the output channels, stored as the other operand of its products. */
function transformWeight(gpu: Gpu, g: ConvGeometry, w: Tensor, rows: "channels" | "outChannels", dtype: DType): Tensor {
  const { channels, outChannels } = g;
  const u = Tensor.untracked(gpu, [ELEMENTS, channels, outChannels], "winograd weights", dtype);
  const size = (channels * outChannels) / 4;
  const sizes = { channels, outChannels, size, order: ORDER };
  const args = { w, u, ...sizes, transposed: rows === "channels" ? 0 : 1 };
  gpu.run("winograd/weight", args, { threads: size, tune: transformOf(gpu) });
  return u;
}

/** The variants of the three passes, with the products that `products` gives. */
function variantsOf(
  products: (gpu: Gpu) => Products,
  fits: ConvVariant<unknown>["fits"],
  pays: (g: ConvGeometry) => boolean,
  rounding = 1,
) {
  const common = { fits, pays, amplification: WINOGRAD_AMPLIFICATION * rounding };
  return {
    forward: {
      ...common,
      run: (gpu, g, operands) => forward(products(gpu), gpu, g, operands),
    } satisfies ConvVariant<ConvOperands>,
    transposed: {
      ...common,
      gathers: true,
      run: (gpu, g, operands) => transposed(products(gpu), gpu, g, operands),
    } satisfies ConvVariant<ConvOperands>,
    weightGrad: {
      ...common,
      run: (gpu, g, operands) => weightGrad(products(gpu), gpu, g, operands),
    } satisfies ConvVariant<WeightGradOperands>,
  };
}

/** The variant that picks the products by rule. */
export const winograd = variantsOf(productsOf, fits, pays);

/** A variant for each tile of the product, for the tuner to choose from: `winograd/64x64` and so on. */
export const winogradBySize = {
  forward: bySize("forward"),
  transposed: bySize("transposed"),
  weightGrad: bySize("weightGrad"),
};

/** By matrix units: only if the caller opted in to them and chose this variant. */
export const winogradByMatrix = variantsOf(
  () => ({ multiply: multiplyMatrix }),
  (gpu, g) => matrixFits(gpu) && applies(gpu, g),
  () => false,
  MATRIX_ROUNDING,
);

function bySize<Pass extends keyof typeof winograd>(pass: Pass): Readonly<Record<string, (typeof winograd)[Pass]>> {
  const named = Object.entries(tiles).map(([name, tile]) => {
    const variants = variantsOf(() => tiledProducts(() => tile), (gpu, g) => allows(gpu, tile) && applies(gpu, g), () => false);
    return [`winograd/${name}`, variants[pass]] as const;
  });
  return Object.fromEntries(named);
}

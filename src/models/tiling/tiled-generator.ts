import type { ImageBatch } from "../../data/image.js";
import { ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { ChannelMoments } from "../../ops/norm/channel-moments.js";
import { evaluating } from "../../nn/evaluating.js";
import type { NormActivation } from "../../nn/norm.js";
import type { ConvPart, Part, ResidualPart } from "../networks/build.js";
import type { ConvLayer, ResampleLayer } from "../networks/layer.js";
import { generatorSides, isFcn, isUnet, type Generator, type GeneratorOptions } from "../networks/generator.js";
import { HostMap } from "./host-map.js";
import { sweep, type TileLayer } from "./sweep.js";
import { scoresInTiles } from "./scores-in-tiles.js";
import { doubling, halving, sameSize, type Reach } from "./windows.js";

export interface TileOptions {
  /** Side of a tile in pixels of the image, a multiple of 4, or of 32 for an FCN. */
  readonly tile: number;
  /** Called after each tile of each pass. */
  readonly onTile?: ((done: number, total: number) => void) | undefined;
  /** Ends the work after the current tile by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * NOTE: tiles. Every norm needs the mean and variance of the whole image, so an image in tiles is computed norm by norm. A pass
 * over all tiles runs the layers up to the next norm and sums its moments, which the next pass uses. Before the blocks, each
 * pass starts from the image again; after them, from their result. With 9 blocks this costs 12 % more arithmetic, but the host
 * does not store the maps of full and half size, which are four times and twice as large as those of the blocks. Between the
 * passes of the blocks, the host stores three maps of a quarter of the size (h/4 · w/4 · 4 ngf floats).
 */
class TiledRun {
  readonly #gpu: Gpu;
  readonly #options: TileOptions;
  readonly #total: number;
  #done = 0;

  constructor(gpu: Gpu, options: TileOptions, total: number) {
    this.#gpu = gpu;
    this.#options = options;
    this.#total = total;
  }

  /** A pass with convolutions. `shrink`: how many times smaller its result is than the image. */
  convolve(source: HostMap, layers: readonly TileLayer[], shrink: number, norm?: NormActivation, target?: HostMap): Promise<ChannelMoments> {
    const { onTile, signal, tile } = this.#options;
    const note = (): void => {
      onTile?.(++this.#done, this.#total);
      signal?.throwIfAborted();
    };
    return sweep(this.#gpu, { source, layers, tile: tile / shrink, target, onTile: note }, hasStatistics(norm));
  }

  /** A pass pixel by pixel, in place. */
  async change(map: HostMap, source: HostMap, layer: TileLayer): Promise<void> {
    await sweep(this.#gpu, { source, layers: [layer], tile: this.#options.tile / 4, target: map }, false);
  }
}

/** Bytes of host memory for the maps between passes, or for an FCN's scores, for an image [1, h, w, c]. */
export function tiledHostBytes([, h, w]: ImageBatch["shape"], options: GeneratorOptions): number {
  if (isFcn(options)) return h * w * options.outputNc * 4;
  return 3 * (h / 4) * (w / 4) * 4 * options.ngf * 4;
}

function convolution({ conv, layer }: ConvPart): TileLayer {
  return { ...reachOf(layer), forward: (x) => conv.forward(x) };
}

/** How far a convolution or a fixed filter sees. */
function reachOf(layer: ConvLayer | ResampleLayer): Reach {
  if (layer.kind === "blurPool") return halving;
  if (layer.kind !== "conv" || layer.upsample) return doubling;
  return layer.stride === 2 ? halving : sameSize((layer.kernel - 1) / 2);
}

const pointwise = sameSize(0);

/** Whether a norm needs the statistics of the whole image: batch norms that track running statistics use those. */
function hasStatistics(norm: NormActivation | undefined): boolean {
  return evaluating(() => norm?.hasStatistics ?? false);
}

function normalisation(norm: NormActivation, moments: ChannelMoments): TileLayer {
  return { ...pointwise, forward: (x) => norm.forwardPart(x, moments) };
}

/** The parts before the first residual one, the residual ones, and those after them. */
function phasesOf(parts: readonly Part[]): { down: Part[]; blocks: ResidualPart[]; up: Part[] } {
  const first = parts.findIndex(({ kind }) => kind === "residual");
  const last = parts.findLastIndex(({ kind }) => kind === "residual");
  const blocks = parts.flatMap((part) => (part.kind === "residual" ? [part] : []));
  return { down: parts.slice(0, first), blocks, up: parts.slice(last + 1) };
}

/** The number of passes that only sum the moments of norms. */
function statisticPasses(parts: readonly Part[]): number {
  return parts.filter((part) => part.kind === "conv" && hasStatistics(part.norm)).length;
}

/**
 * The layers of parts without blocks, with the moments of their norms, which a pass over `source` sums for each. `shrink`: how many
 * times smaller `source` is than the image.
 */
async function chainOf(run: TiledRun, source: HostMap, parts: readonly Part[], shrink: number): Promise<TileLayer[]> {
  const chain: TileLayer[] = [];
  let shrunk = shrink;
  for (const part of parts) {
    if (part.kind === "activation") chain.push({ ...pointwise, forward: part.forward });
    if (part.kind !== "conv" && part.kind !== "resample") continue;
    const layer = part.kind === "conv" ? convolution(part) : { ...reachOf(part.layer), forward: part.forward };
    chain.push(layer);
    shrunk /= layer.scale;
    const norm = part.kind === "conv" ? part.norm : undefined;
    if (norm && hasStatistics(norm)) chain.push(normalisation(norm, await run.convolve(source, chain, shrunk, norm)));
    else if (norm) chain.push({ ...pointwise, forward: (x) => norm.forward(x) });
  }
  return chain;
}

/** The input of the blocks: the result of the layers that halve the image. */
async function encode(run: TiledRun, image: HostMap, parts: readonly Part[], channels: number): Promise<HostMap> {
  const result = HostMap.empty(image.height / 4, image.width / 4, channels, image.dtype);
  const last = parts.at(-1);
  if (last?.kind !== "conv" || !last.norm) {
    await run.convolve(image, await chainOf(run, image, parts, 1), 4, undefined, result);
    return result;
  }
  // The pass that sums the last norm's moments also computes its input, which is normalised in place.
  const chain = [...(await chainOf(run, image, parts.slice(0, -1), 1)), convolution(last)];
  const moments = await run.convolve(image, chain, 4, last.norm, result);
  await run.change(result, result, normalisation(last.norm, moments));
  return result;
}

/** Applies the residual blocks to `map`, in place. */
async function transform(run: TiledRun, map: HostMap, gpu: Gpu, blocks: readonly ResidualPart[]): Promise<void> {
  const { height, width, channels, dtype } = map;
  const [inner, outer] = [HostMap.empty(height, width, channels, dtype), HostMap.empty(height, width, channels, dtype)];
  for (const { parts: [first, second] } of blocks) {
    const [norm, lastNorm] = [first?.norm, second?.norm];
    if (!first || !second || !norm || !lastNorm) throw new RangeError("a block has two convolutions, each with its norm");
    const before = await run.convolve(map, [convolution(first)], 4, norm, inner);
    const after = await run.convolve(inner, [normalisation(norm, before), convolution(second)], 4, lastNorm, outer);
    await run.change(map, outer, {
      ...pointwise,
      forward: (y, place) => lastNorm.forwardPart(y, after, map.load(gpu, place)),
    });
  }
}

/** Computes the image from the blocks' result. */
async function decode(run: TiledRun, map: HostMap, parts: readonly Part[], target: HostMap): Promise<void> {
  await run.convolve(map, await chainOf(run, map, parts, 4), 1, undefined, target);
}

/**
 * `generator.forward` of one image, computed in overlapping tiles with the statistics of the whole image. The result is the
 * same within rounding, and the device memory depends only on the tile.
 *
 * Shape: [1, h, w, inputNc] → [1, h, w, outputNc], h and w multiples of 4, or of 32 for an FCN. The host needs 3 · h · w · ngf bytes
 * besides the images; for an FCN, which has no norm, only those of the scores. Throws ShapeError for other sizes, several images, a
 * tile that is not a multiple of these, or a U-Net, whose innermost pixels depend on nearly all of an image.
 */
export async function generateInTiles(gpu: Gpu, generator: Generator, image: ImageBatch, options: TileOptions): Promise<ImageBatch> {
  const [n, h, w] = image.shape;
  const { tile } = options;
  if (isUnet(generator.options)) {
    throw new ShapeError("generateInTiles: expected a ResNet generator, got a U-Net, which is only computed at once.");
  }
  const { multiple } = generatorSides(generator.options);
  if (n !== 1 || h % multiple !== 0 || w % multiple !== 0) {
    throw new ShapeError(`generateInTiles: expected one image with sides that are multiples of ${multiple}, got [${image.shape.join(", ")}].`);
  }
  if (!Number.isInteger(tile / multiple) || tile < multiple) {
    throw new ShapeError(`generateInTiles: expected a tile of a multiple of ${multiple} pixels, got ${tile}.`);
  }
  if (isFcn(generator.options)) return scoresInTiles(gpu, generator, image, options);
  const { ngf, outputNc, activations = "float32" } = generator.options;
  const { down, blocks, up } = phasesOf(generator.parts);
  const passes = 1 + 2 * blocks.length + 1;
  const forStatistics = statisticPasses([...(down.at(-1)?.kind === "conv" ? down.slice(0, -1) : down), ...up]);
  const tiles = Math.ceil(h / tile) * Math.ceil(w / tile);
  const run = new TiledRun(gpu, options, tiles * (passes + forStatistics));
  const result: ImageBatch = { shape: [1, h, w, outputNc], data: new Float32Array(gpu.isRehearsal ? 0 : h * w * outputNc) };
  const map = await encode(run, HostMap.over(image, activations), down, 4 * ngf);
  await transform(run, map, gpu, blocks);
  await decode(run, map, up, HostMap.over(result, activations));
  return result;
}

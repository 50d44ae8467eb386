import type { ImageBatch } from "../../data/image.js";
import { ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { ChannelMoments } from "../../ops/norm/channel-moments.js";
import { tanh } from "../../ops/tanh.js";
import type { Module } from "../../nn/module.js";
import type { NormActivation } from "../../nn/norm.js";
import type { BlockLayers, ConvLayer, Generator, GeneratorOptions } from "../networks/resnet.js";
import { HostMap } from "./host-map.js";
import { sweep, type TileLayer } from "./sweep.js";
import { doubling, halving, sameSize } from "./windows.js";

export interface TileOptions {
  /** Side of a tile in pixels of the image, a multiple of 4. */
  readonly tile: number;
  /** Called after each tile of each pass. */
  readonly onTile?: ((done: number, total: number) => void) | undefined;
  /** Ends the work after the tile at hand, with the signal's reason thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * NOTE: tiles. Every norm needs the mean and variance of the whole image at its place, so an image in tiles is computed
 * norm by norm: a pass over all tiles runs the layers up to the next norm and adds up its moments; the next pass knows
 * them. On the way down a pass begins with the image again, on the way up with the blocks' result, which costs 12 % more
 * arithmetic with 9 blocks and spares the host the maps of full and half size, four times and twice as large as the blocks'.
 * Between the passes of the blocks three maps of a quarter size (h/4 · w/4 · 4 ngf floats) lie in the host's memory.
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

  /** A pass with convolutions in it. `shrink`: how many times smaller than the image its result is. */
  convolve(source: HostMap, layers: readonly TileLayer[], shrink: number, norm?: NormActivation, target?: HostMap): Promise<ChannelMoments> {
    const { onTile, signal, tile } = this.#options;
    const note = (): void => {
      onTile?.(++this.#done, this.#total);
      signal?.throwIfAborted();
    };
    return sweep(this.#gpu, { source, layers, tile: tile / shrink, target, onTile: note }, norm?.hasStatistics ?? false);
  }

  /** A pass pixel by pixel, in place. */
  async change(map: HostMap, source: HostMap, layer: TileLayer): Promise<void> {
    await sweep(this.#gpu, { source, layers: [layer], tile: this.#options.tile / 4, target: map }, false);
  }
}

/** Bytes of the host's memory that the maps between passes take, for an image [1, h, w, c]. */
export function tiledHostBytes([, h, w]: ImageBatch["shape"], { ngf }: GeneratorOptions): number {
  return 3 * (h / 4) * (w / 4) * 4 * ngf * 4;
}

function convolution(conv: Module, reach: Pick<TileLayer, "scale" | "reads">): TileLayer {
  return { ...reach, forward: (x) => conv.forward(x) };
}

const pointwise = sameSize(0);

function normalisation(norm: NormActivation, moments: ChannelMoments): TileLayer {
  return { ...pointwise, forward: (x) => norm.forwardPart(x, moments) };
}

/** The blocks' input: the image through the layers that halve it. */
async function encode(run: TiledRun, image: HostMap, layers: readonly ConvLayer[], channels: number): Promise<HostMap> {
  const chain: TileLayer[] = [];
  const result = HostMap.empty(image.height / 4, image.width / 4, channels);
  for (const [index, { conv, norm }] of layers.entries()) {
    chain.push(convolution(conv, index === 0 ? sameSize(3) : halving));
    const isLast = index === layers.length - 1;
    if (!isLast && !norm.hasStatistics) {
      chain.push({ ...pointwise, forward: (x) => norm.forward(x) });
      continue;
    }
    const moments = await run.convolve(image, chain, 2 ** index, norm, isLast ? result : undefined);
    if (isLast) await run.change(result, result, normalisation(norm, moments));
    else chain.push(normalisation(norm, moments));
  }
  return result;
}

/** Overwrites `map` with what the residual blocks make of it. */
async function transform(run: TiledRun, map: HostMap, gpu: Gpu, blocks: readonly BlockLayers[]): Promise<void> {
  const { height, width, channels } = map;
  const [inner, outer] = [HostMap.empty(height, width, channels), HostMap.empty(height, width, channels)];
  const reflected = sameSize(1);
  for (const { first, second } of blocks) {
    const before = await run.convolve(map, [convolution(first.conv, reflected)], 4, first.norm, inner);
    const chain = [normalisation(first.norm, before), convolution(second.conv, reflected)];
    const after = await run.convolve(inner, chain, 4, second.norm, outer);
    await run.change(map, outer, {
      ...pointwise,
      forward: (y, place) => second.norm.forwardPart(y, after, map.load(gpu, place)),
    });
  }
}

/** The image of the blocks' result. */
async function decode(run: TiledRun, map: HostMap, { layers: { up, head } }: Generator, target: HostMap): Promise<void> {
  const chain: TileLayer[] = [];
  for (const [index, { conv, norm }] of up.entries()) {
    chain.push(convolution(conv, doubling));
    if (!norm.hasStatistics) chain.push({ ...pointwise, forward: (x) => norm.forward(x) });
    else chain.push(normalisation(norm, await run.convolve(map, chain, 2 ** (1 - index), norm)));
  }
  chain.push(convolution(head, sameSize(3)), { ...pointwise, forward: tanh });
  await run.convolve(map, chain, 1, undefined, target);
}

/**
 * `generator.forward` of one image, computed in overlapping tiles with the whole image's statistics: the same result
 * within rounding, in device memory that depends on the tile alone.
 *
 * Shape: [1, h, w, inputNc] → [1, h, w, outputNc], h and w multiples of 4. The host needs 3 · h · w · ngf bytes and the
 * images. Throws ShapeError for other sizes, several images or a tile that is no multiple of 4.
 */
export async function generateInTiles(gpu: Gpu, generator: Generator, image: ImageBatch, options: TileOptions): Promise<ImageBatch> {
  const [n, h, w] = image.shape;
  const { tile } = options;
  if (n !== 1 || h % 4 !== 0 || w % 4 !== 0) {
    throw new ShapeError(`generateInTiles: expected one image with sides that are multiples of 4, got [${image.shape.join(", ")}].`);
  }
  if (!Number.isInteger(tile / 4) || tile < 4) {
    throw new ShapeError(`generateInTiles: expected a tile of a multiple of 4 pixels, got ${tile}.`);
  }
  const { layers, options: { ngf, outputNc } } = generator;
  const passes = 1 + 2 * layers.blocks.length + 1;
  const forStatistics = [...layers.down.slice(0, -1), ...layers.up].filter(({ norm }) => norm.hasStatistics).length;
  const tiles = Math.ceil(h / tile) * Math.ceil(w / tile);
  const run = new TiledRun(gpu, options, tiles * (passes + forStatistics));
  const result: ImageBatch = { shape: [1, h, w, outputNc], data: new Float32Array(gpu.isRehearsal ? 0 : h * w * outputNc) };
  const map = await encode(run, HostMap.over(image), layers.down, 4 * ngf);
  await transform(run, map, gpu, layers.blocks);
  await decode(run, map, generator, HostMap.over(result));
  return result;
}

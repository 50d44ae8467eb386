import { formatBytes } from "../../format.js";
import type { ImageBatch } from "../../data/image.js";
import { DeviceError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { evaluating } from "../../nn/evaluating.js";
import { noGrad } from "../../tensor/grad-mode.js";
import { Tensor } from "../../tensor/tensor.js";
import { buildGenerator, isFcn, isUnet, type GeneratorOptions } from "../networks/generator.js";
import { marginOfScores } from "./scores-in-tiles.js";
import { generateInTiles } from "./tiled-generator.js";

type BatchShape = ImageBatch["shape"];

/** Sides of a tile that are tried, in pixels, the fastest first: with larger tiles, fewer pixels are computed twice. */
const TILES = [2048, 1536, 1024, 768, 512, 384, 256, 192, 128, 64];

/**
 * Rehearses the translation of a batch at once, or of an image in tiles, on a device that does nothing.
 *
 * The memory for tiles depends on their kinds: at an edge, inside, the last one. So three tiles and the rest along each axis are
 * enough, or more if a tile depends on several others.
 */
export async function rehearseTranslation(rehearsal: Gpu, options: GeneratorOptions, shape: BatchShape, tile?: number): Promise<void> {
  const generator = buildGenerator(rehearsal, options);
  if (tile === undefined) {
    using _scope = rehearsal.scope("translation");
    noGrad(() => evaluating(() => generator.forward(Tensor.empty(rehearsal, shape))));
    return;
  }
  const [n, height, width, channels] = shape;
  const more = isFcn(options) ? 2 * Math.ceil(marginOfScores(generator.architecture.layers) / tile) : 0;
  const few = (extent: number): number => Math.min(extent, (3 + more) * tile + (extent % tile));
  const image: ImageBatch = { shape: [n, few(height), few(width), channels], data: new Float32Array() };
  await generateInTiles(rehearsal, generator, image, { tile });
}

/**
 * Bytes of device memory for a translation of a batch at once, or of an image in tiles, including the weights. Undefined if
 * one of its tensors is too large for the device.
 */
export async function translationPeak(gpu: Gpu, options: GeneratorOptions, shape: BatchShape, tile?: number): Promise<number | undefined> {
  using rehearsal = gpu.rehearsal();
  try {
    await rehearseTranslation(rehearsal, options, shape, tile);
    return rehearsal.stats.peakBytes;
  } catch (error) {
    if (error instanceof DeviceError) return undefined;
    throw error;
  }
}

/**
 * The largest tile with which an image [1, h, w, c] needs at most `memory` bytes of the device; undefined if it needs no more
 * when computed at once.
 *
 * Throws DeviceError, with the memory that would be needed, if no tile is small enough.
 */
export async function chooseTile(gpu: Gpu, options: GeneratorOptions, shape: BatchShape, memory: number): Promise<number | undefined> {
  let least = Infinity;
  for (const tile of [undefined, ...(isUnet(options) ? [] : TILES)]) {
    const peak = await translationPeak(gpu, options, shape, tile);
    if (peak !== undefined && peak <= memory) return tile;
    least = Math.min(least, peak ?? Infinity);
  }
  const [, height, width] = shape;
  throw new DeviceError(
    `translate: expected ${formatBytes(least)} of device memory for ${width}×${height} pixels ` +
      `${isUnet(options) ? "at once, as a U-Net needs them" : "in the smallest tiles"}, ` +
      `got ${formatBytes(memory)}. Allow more with --memory.`,
  );
}

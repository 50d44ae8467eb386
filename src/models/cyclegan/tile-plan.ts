import type { ImageBatch } from "../../data/image.js";
import { DeviceError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { noGrad } from "../../grad-mode.js";
import { Tensor } from "../../tensor.js";
import { buildGenerator, type GeneratorOptions } from "./generator.js";
import { generateInTiles } from "./tiled-generator.js";

/** Sides of a tile that are tried, in pixels, the fastest first: the larger, the less is computed twice. */
const TILES = [2048, 1536, 1024, 768, 512, 384, 256, 192, 128, 64];

/** Bytes that the engine allocates at most, by going through the work without doing it; undefined where one tensor is too large. */
async function peakOf(gpu: Gpu, work: (rehearsal: Gpu) => Promise<void>): Promise<number | undefined> {
  using rehearsal = gpu.rehearsal();
  try {
    await work(rehearsal);
    return rehearsal.stats.peakBytes;
  } catch (error) {
    if (error instanceof DeviceError) return undefined;
    throw error;
  }
}

/** Bytes of device memory that translating a batch at once takes, weights included; undefined where it is impossible. */
export function peakAtOnce(gpu: Gpu, options: GeneratorOptions, shape: ImageBatch["shape"]): Promise<number | undefined> {
  return peakOf(gpu, async (rehearsal) => {
    const generator = buildGenerator(rehearsal, options);
    using _scope = rehearsal.scope("translation");
    noGrad(() => generator.forward(Tensor.empty(rehearsal, shape)));
  });
}

/**
 * Bytes of device memory that translating an image in tiles takes, weights included; undefined where it is impossible.
 *
 * They depend on which kinds of tile there are: at an edge, inside, the last one. So three of each axis and the rest stand
 * for all.
 */
export function peakInTiles(gpu: Gpu, options: GeneratorOptions, shape: ImageBatch["shape"], tile: number): Promise<number | undefined> {
  const [n, height, width, channels] = shape;
  const few = (extent: number): number => Math.min(extent, 3 * tile + (extent % tile));
  return peakOf(gpu, async (rehearsal) => {
    const generator = buildGenerator(rehearsal, options);
    const image: ImageBatch = { shape: [n, few(height), few(width), channels], data: new Float32Array() };
    await generateInTiles(rehearsal, generator, image, { tile });
  });
}

/**
 * The largest tile with which an image [1, h, w, c] needs no more than `memory` bytes of the device.
 *
 * Throws DeviceError, with what would be needed, when no tile is small enough.
 */
export async function chooseTile(gpu: Gpu, options: GeneratorOptions, shape: ImageBatch["shape"], memory: number): Promise<number> {
  let least = Infinity;
  for (const tile of TILES) {
    const peak = await peakInTiles(gpu, options, shape, tile);
    if (peak !== undefined && peak <= memory) return tile;
    least = peak ?? least;
  }
  const [, height, width] = shape;
  throw new DeviceError(
    `translate: expected ${gigabytes(least)} of device memory for ${width}×${height} pixels in the smallest tiles, ` +
      `got ${gigabytes(memory)}. Allow more with --memory.`,
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toPrecision(2)} GB`;
}

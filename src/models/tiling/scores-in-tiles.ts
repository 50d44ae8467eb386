/** The scores of an FCN, computed in overlapping tiles. */
import type { ImageBatch } from "../../data/image.js";
import type { Gpu } from "../../gpu/gpu.js";
import { FCN_MULTIPLE } from "../networks/fcn.js";
import type { Generator } from "../networks/generator.js";
import type { Layer } from "../networks/layer.js";
import { readsOf, type Range } from "../networks/receptive-field.js";
import { HostMap } from "./host-map.js";
import { sweep } from "./sweep.js";
import type { TileOptions } from "./tiled-generator.js";

const down = (at: number): number => Math.floor(at / FCN_MULTIPLE) * FCN_MULTIPLE;

/** The same with both ends at multiples of the largest stride, so that windows and the image have the same grid of pools. */
function window(layers: readonly Layer[], outputs: Range): Range {
  const { start, end } = readsOf(layers, outputs);
  return { start: down(start), end: -down(-end) };
}

/** How many pixels around a tile its scores depend on, at most. */
export function marginOfScores(layers: readonly Layer[]): number {
  return FCN_MULTIPLE - window(layers, { start: 0, end: 1 }).start;
}

/**
 * `network.forward` of one image, the same within rounding. There is no norm, so a tile depends only on the pixels around it.
 *
 * Shape: [1, h, w, inputNc] → [1, h, w, outputNc], h, w and the tile multiples of 32.
 */
export async function scoresInTiles(gpu: Gpu, network: Generator, image: ImageBatch, { tile, onTile, signal }: TileOptions): Promise<ImageBatch> {
  const { shape: [, h, w] } = image;
  const { outputNc, activations = "float32" } = network.options;
  const { layers } = network.architecture;
  const scores: ImageBatch = { shape: [1, h, w, outputNc], data: new Float32Array(gpu.isRehearsal ? 0 : h * w * outputNc) };
  const total = Math.ceil(h / tile) * Math.ceil(w / tile);
  let done = 0;
  await sweep(
    gpu,
    {
      source: HostMap.over(image, activations),
      layers: [{ scale: 1, reads: (outputs) => window(layers, outputs), forward: (x) => network.forward(x) }],
      tile,
      target: HostMap.over(scores, activations),
      onTile() {
        onTile?.(++done, total);
        signal?.throwIfAborted();
      },
    },
    false,
  );
  return scores;
}

import { evaluating } from "../../nn/evaluating.js";
import { noGrad } from "../../tensor/grad-mode.js";
import type { Gpu } from "../../gpu/gpu.js";
import { channelMoments, joinMoments, noMoments, type ChannelMoments } from "../../ops/norm/channel-moments.js";
import { narrow } from "../../ops/shape/narrow.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { HostMap, Rectangle } from "./host-map.js";
import { keptOffset, tileWindows, type Reach, type TileWindow } from "./windows.js";

/** A layer that can be run on a tile. */
export interface TileLayer extends Reach {
  /** `place`: the position in the source at which the chain of layers began. */
  readonly forward: (x: Tensor, place: Rectangle) => Tensor;
}

/** A pass over an image, tile by tile. */
export interface Sweep {
  readonly source: HostMap;
  readonly layers: readonly TileLayer[];
  /** Side of a tile, in pixels of the result. */
  readonly tile: number;
  /** Receives the result. It may be the source only if no layer sees a pixel's neighbours. */
  readonly target?: HostMap | undefined;
  /** Called after each tile; may throw to end the pass. */
  readonly onTile?: (() => void) | undefined;
}

/** Runs the layers over the source tile by tile, and returns the moments of the whole result. */
export async function sweep(gpu: Gpu, { source, layers, tile, target, onTile }: Sweep, withMoments: boolean): Promise<ChannelMoments> {
  // Tiles of another pass have other sizes, so the buffers that they left for reuse would stay unused.
  gpu.trim();
  let all: ChannelMoments | undefined;
  const columns = tileWindows(source.width, layers, tile);
  for (const row of tileWindows(source.height, layers, tile)) {
    for (const column of columns) {
      using result = noGrad(() => evaluating(() => runTile(gpu, source, layers, row, column)));
      if (withMoments) {
        const moments = await channelMoments(result);
        all = joinMoments(all ?? noMoments(moments.mean.length), moments);
      }
      await target?.store(result, { rows: row.kept, columns: column.kept });
      onTile?.();
    }
  }
  return all ?? noMoments(0);
}

/** The part of the result that is kept of a tile. No scope tracks it, because scopes open and close while it is read. */
function runTile(gpu: Gpu, source: HostMap, layers: readonly TileLayer[], row: TileWindow, column: TileWindow): Tensor {
  using scope = gpu.scope("layers of a tile");
  const place = { rows: row.inputs, columns: column.inputs };
  let value = source.load(gpu, place);
  const next = (run: (x: Tensor) => Tensor): void => {
    const result = run(value);
    if (result !== value) scope.drop(value);
    value = result;
  };
  for (const layer of layers) next((x) => layer.forward(x, place));
  const cut = (axis: 1 | 2, window: TileWindow): void => {
    const length = window.kept.end - window.kept.start;
    if (length < (value.shape[axis] ?? 0)) next((x) => narrow(x, axis, keptOffset(window, layers), length));
  };
  cut(1, row);
  cut(2, column);
  return value.alias();
}

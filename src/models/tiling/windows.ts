import type { Range } from "../networks/receptive-field.js";

/** How a layer's output pixels relate to its input pixels, the same along both axes. */
export interface Reach {
  /** Output pixels per input pixel: ½ if the layer halves the image. */
  readonly scale: 0.5 | 1 | 2;
  /** The range of inputs that a range of outputs depends on. It may go beyond the image's edges. */
  readonly reads: (outputs: Range) => Range;
}

/** The reach of a layer that keeps the size and sees `pixels` to each side. */
export function sameSize(pixels: number): Reach {
  return { scale: 1, reads: ({ start, end }) => ({ start: start - pixels, end: end + pixels }) };
}

/** The reach of a 3×3 convolution with stride 2 and padding 1: output i sees inputs 2i − 1 to 2i + 1. */
export const halving: Reach = { scale: 0.5, reads: ({ start, end }) => ({ start: 2 * start - 1, end: 2 * end }) };

/** The reach of a layer that doubles the image: output i sees inputs ⌊(i − 1) / 2⌋ to ⌊(i + 1) / 2⌋. */
export const doubling: Reach = {
  scale: 2,
  reads: ({ start, end }) => ({ start: Math.floor((start - 1) / 2), end: Math.floor(end / 2) + 1 }),
};

/** A window along one axis: the inputs that are computed on, and the outputs that are correct and kept. */
export interface TileWindow {
  readonly inputs: Range;
  readonly kept: Range;
}

function scaleOf(layers: readonly Reach[]): number {
  return layers.reduce((scale, layer) => scale * layer.scale, 1);
}

/**
 * Cuts one axis of `extent` inputs into tiles of `tile` outputs of a chain of layers. Every output is kept once.
 *
 * A window contains everything that its kept outputs depend on. They are correct although the layers treat the ends of the
 * window as edges of the image, which they only are at the image's ends. All windows have the same length, so that their
 * buffers are reused, and they begin at multiples of the strides.
 */
export function tileWindows(extent: number, layers: readonly Reach[], tile: number): TileWindow[] {
  const outputs = extent * scaleOf(layers);
  const stride = layers.reduce((product, { scale }) => (scale < 1 ? product / scale : product), 1);
  const needed = Array.from({ length: Math.ceil(outputs / tile) }, (_, index) => {
    const kept = { start: index * tile, end: Math.min(outputs, (index + 1) * tile) };
    const { start, end } = layers.reduceRight((range, { reads }) => reads(range), kept);
    const first = Math.floor(Math.max(0, start) / stride) * stride;
    return { kept, first, length: Math.min(extent, end) - first };
  });
  const longest = Math.max(...needed.map(({ length }) => length));
  const length = Math.min(extent, Math.ceil(longest / stride) * stride);
  return needed.map(({ kept, first }) => {
    const start = Math.min(first, extent - length);
    return { kept, inputs: { start, end: start + length } };
  });
}

/** The first output of a window that is kept. */
export function keptOffset({ inputs, kept }: TileWindow, layers: readonly Reach[]): number {
  return kept.start - inputs.start * scaleOf(layers);
}

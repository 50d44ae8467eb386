/** Pixels `start` to before `end` of one axis. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** How the pixels that a layer makes lie to those it reads, the same along both axes. */
export interface Reach {
  /** Pixels made of one: ½ where the layer halves the image. */
  readonly scale: 0.5 | 1 | 2;
  /** The inputs that a range of outputs depends on, past the image's edges too. */
  readonly reads: (outputs: Range) => Range;
}

/** Of a layer that keeps the size and sees `pixels` to each side. */
export function sameSize(pixels: number): Reach {
  return { scale: 1, reads: ({ start, end }) => ({ start: start - pixels, end: end + pixels }) };
}

/** Of a convolution 3×3 with stride 2 and padding 1: output i sees inputs 2i − 1 to 2i + 1. */
export const halving: Reach = { scale: 0.5, reads: ({ start, end }) => ({ start: 2 * start - 1, end: 2 * end }) };

/** Of a layer that doubles the image: output i sees inputs ⌊(i − 1) / 2⌋ to ⌊(i + 1) / 2⌋. */
export const doubling: Reach = {
  scale: 2,
  reads: ({ start, end }) => ({ start: Math.floor((start - 1) / 2), end: Math.floor(end / 2) + 1 }),
};

/** Along one axis: the inputs that are computed on, and the outputs that are right and kept. */
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
 * A window holds all that its kept outputs depend on, so that they are right although the layers take its ends for edges
 * of the image; where it ends with the image, that is what they are. All windows have one length, so that their buffers
 * are reused, and begin where no stride is split.
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

/** Where the outputs of a window begin that are kept. */
export function keptOffset({ inputs, kept }: TileWindow, layers: readonly Reach[]): number {
  return kept.start - inputs.start * scaleOf(layers);
}

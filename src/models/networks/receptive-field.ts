/** Which pixels of its input a layer's output depends on. */
import { MisuseError } from "../../errors.js";
import { placed, type Architecture, type ConvLayer, type Layer, type PlacedLayer } from "./layer.js";

/** A range of pixels along one axis, from `start` to before `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The range of inputs that a range of outputs of some layers depends on, along either axis. It may go beyond the image's edges,
 * where it is padding. Statistics of norms are left out, which depend on the whole image.
 */
export function readsOf(layers: readonly Layer[], outputs: Range): Range {
  return layers.reduceRight(readsOfLayer, outputs);
}

function readsOfLayer(range: Range, layer: Layer): Range {
  const { start, end } = range;
  switch (layer.kind) {
    case "conv":
    case "convTranspose":
      return readsOfConv(range, layer);
    case "maxPool":
      return { start: start * layer.size, end: end * layer.size };
    case "blurPool":
      // Output i sees the inputs 2i − 1 to 2i + 1.
      return { start: 2 * start - 1, end: 2 * end };
    case "upsampleBilinear":
      // Output i sees the inputs ⌊(i − 1) / 2⌋ and the next one.
      return { start: Math.floor((start - 1) / 2), end: Math.floor(end / 2) + 1 };
    case "residual":
    case "skip":
      return union(range, readsOf(layer.layers, range));
    case "sum":
      return union(readsOf([layer.side], range), readsOf(layer.layers, range));
    case "norm":
    case "relu":
    case "tanh":
    case "dropout":
      return range;
  }
}

function readsOfConv({ start, end }: Range, { kind, kernel, stride, padding, upsample }: ConvLayer): Range {
  if (kind === "convTranspose") {
    // Output i sees the inputs j with 0 ≤ i + padding − j · stride < kernel.
    return { start: Math.ceil((start + padding - kernel + 1) / stride), end: Math.floor((end - 1 + padding) / stride) + 1 };
  }
  const seen = { start: start * stride - padding, end: (end - 1) * stride - padding + kernel };
  return upsample ? { start: Math.floor(seen.start / 2), end: Math.floor((seen.end - 1) / 2) + 1 } : seen;
}

function union(a: Range, b: Range): Range {
  return { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}

/**
 * The range of a network's input that the place `at` of a layer's output depends on, along either axis; see `readsOf`.
 *
 * `layer` is its name in PyTorch's list, such as `model.2`. Throws MisuseError for a name that the network lacks.
 */
export function receptiveField(architecture: Architecture, layer: string, at: number): Range {
  const way = wayTo(placed(architecture), layer);
  if (!way) throw new MisuseError(`receptiveField: expected the name of a layer, got "${layer}".`);
  return readsOf(way, { start: at, end: at + 1 });
}

/** The layers that an image passes up to the end of one, in order; undefined if it is not among them. */
function wayTo(layers: readonly PlacedLayer[], name: string): readonly Layer[] | undefined {
  const before: Layer[] = [];
  for (const one of layers) {
    if (one.name === name) return [...before, one.layer];
    for (const way of waysInto(one)) {
      const inside = wayTo(way, name);
      if (inside) return [...before, ...inside];
    }
    before.push(one.layer);
  }
  return undefined;
}

/** The ways that begin with a layer's own input: of a sum, its side and its layers. */
function waysInto({ layer, inner }: PlacedLayer): (readonly PlacedLayer[])[] {
  return layer.kind === "sum" ? [inner.slice(0, 1), inner.slice(1)] : [inner];
}

/**
 * The single description of a network: a list of layers as in PyTorch's nn.Sequential. Everything else is derived from it: the
 * module and its fused kernels (`build.ts`), parameter names and shapes, ONNX, the recognition of files, the largest
 * activation, the reach of a tile, and the output of `inspect`.
 */
import type { Norm } from "../../nn/norm.js";
import { resampleFilters } from "../../nn/resample.js";
import { roundUp4 } from "../../ops/conv/pad-channels.js";

/** A convolution, or a transposed one. */
export interface ConvLayer {
  readonly kind: "conv" | "convTranspose";
  readonly from: number;
  readonly to: number;
  /** Height and width of the kernel. */
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  /** Further rows and columns of a transposed convolution's output, fewer than `stride`. */
  readonly outputPadding: number;
  /** How the edges are filled. In PyTorch's list, a reflection pad is a separate entry. */
  readonly edges: "reflect" | "zeros";
  readonly bias: boolean;
  /** Whether the image is first doubled by nearest neighbours. Like a transposed convolution, this is one entry in PyTorch's list. */
  readonly upsample: boolean;
  /** Whether its weight is divided by its largest singular value, whose vectors are in the file. */
  readonly spectralNorm: boolean;
  /** Its name, if it has no place in PyTorch's list. */
  readonly name?: string;
}

export interface NormLayer {
  readonly kind: "norm";
  /** "none" is PyTorch's Identity: an entry without effect. */
  readonly norm: Norm;
  readonly channels: number;
  /** Whether a batch norm keeps averages of its statistics, which it uses when it is not trained. */
  readonly trackRunningStats?: boolean;
}

/** An activation. `slope` is that of a leaky ReLU for negative values, and 0 for a ReLU. */
export type ActivationLayer = { readonly kind: "relu"; readonly slope: number } | { readonly kind: "tanh" };

/** Halves or doubles an image by a fixed filter, which the reference keeps among the weights as `filt`. */
export type ResampleLayer =
  | { readonly kind: "blurPool"; readonly channels: number }
  | { readonly kind: "upsampleBilinear"; readonly channels: number };

/** The largest value of each window of `size` × `size` pixels. Windows do not overlap. */
export interface MaxPoolLayer {
  readonly kind: "maxPool";
  readonly size: number;
}

/** In training, each element is 0 with probability p, and divided by 1 − p otherwise. */
export interface DropoutLayer {
  readonly kind: "dropout";
  readonly p: number;
}

/** Layers whose result is added to their input. */
export interface ResidualLayer {
  readonly kind: "residual";
  readonly layers: readonly Layer[];
}

/** Layers whose result has as many pixels as their input, and becomes further channels of it. */
export interface SkipLayer {
  readonly kind: "skip";
  readonly layers: readonly Layer[];
}

/** y = side(x) + layers(x), which have one shape. The layers go on counting places in the list that the sum is in. */
export interface SumLayer {
  readonly kind: "sum";
  /** A convolution with a name. */
  readonly side: ConvLayer;
  readonly layers: readonly Layer[];
}

export type Layer =
  | ConvLayer
  | ResampleLayer
  | NormLayer
  | ActivationLayer
  | MaxPoolLayer
  | DropoutLayer
  | ResidualLayer
  | SkipLayer
  | SumLayer;

/** A network: its list of layers, and the name of the list, with which the names of all parameters begin. */
export interface Architecture {
  readonly list: "model" | "net" | "model.model" | "main" | "features";
  readonly layers: readonly Layer[];
}

/** A convolution. Anything left out has PyTorch's default. */
export function conv(fields: Partial<ConvLayer> & Pick<ConvLayer, "from" | "to" | "kernel">): ConvLayer {
  return { kind: "conv", stride: 1, padding: 0, outputPadding: 0, edges: "zeros", bias: true, upsample: false, spectralNorm: false, ...fields };
}

/** A layer with its place in PyTorch's lists, such as `model.10.conv_block.5`. */
export interface PlacedLayer {
  readonly name: string;
  readonly layer: Layer;
  /** The layers of a residual or skip layer; of a sum, its side and then its layers. */
  readonly inner: readonly PlacedLayer[];
}

/** The layers with their places. Every layer has one, and a reflection pad has another one before its convolution. */
export function placed({ list, layers }: Architecture): PlacedLayer[] {
  return placeIn(list, layers);
}

/** The reference's names of the lists inside layers. */
const innerList = { residual: "conv_block", skip: "model" } as const;

/** `next`: the place of the first layer, and afterwards that behind the last. */
function placeIn(list: string, layers: readonly Layer[], next = { place: 0 }): PlacedLayer[] {
  return layers.map((layer) => {
    if ("kernel" in layer && layer.name !== undefined) return { name: layer.name, layer, inner: [] };
    if (layer.kind === "sum") {
      const inner = placeIn(list, [layer.side, ...layer.layers], next);
      return { name: `${inner[0]?.name ?? list}.sum`, layer, inner };
    }
    if ("kernel" in layer && layer.edges === "reflect" && !layer.upsample) next.place++;
    const name = `${list}.${next.place++}`;
    return { name, layer, inner: "layers" in layer ? placeIn(`${name}.${innerList[layer.kind]}`, layer.layers) : [] };
  });
}

/** Names and shapes of the parameters and running statistics, in PyTorch's order of axes and of names. */
export function parameterShapes(architecture: Architecture): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const visit = ({ name, layer, inner }: PlacedLayer): void => {
    inner.forEach(visit);
    if (layer.kind === "norm" && layer.norm === "batch") {
      const { channels, trackRunningStats = false } = layer;
      shapes.set(`${name}.weight`, [channels]).set(`${name}.bias`, [channels]);
      if (!trackRunningStats) return;
      shapes.set(`${name}.running_mean`, [channels]).set(`${name}.running_var`, [channels]).set(`${name}.num_batches_tracked`, []);
    } else if ("kernel" in layer) {
      const { kind, from, to, kernel, bias, spectralNorm } = layer;
      const weight = spectralNorm ? "weight_orig" : "weight";
      shapes.set(`${name}.${weight}`, [...(kind === "conv" ? [to, from] : [from, to]), kernel, kernel]);
      if (spectralNorm) shapes.set(`${name}.weight_u`, [to]).set(`${name}.weight_v`, [from * kernel * kernel]);
      if (bias) shapes.set(`${name}.bias`, [to]);
    } else if (layer.kind === "blurPool" || layer.kind === "upsampleBilinear") {
      const side = resampleFilters[layer.kind].length;
      shapes.set(`${name}.filt`, [layer.channels, 1, side, side]);
    }
  };
  placed(architecture).forEach(visit);
  return shapes;
}

/** A convolution, and the height and width of its input. */
export interface SizedConv {
  readonly layer: ConvLayer;
  readonly height: number;
  readonly width: number;
}

/** Every convolution in order, with the size of its input if the network's input has h × w pixels. */
export function sizedConvs(layers: readonly Layer[], height: number, width: number): SizedConv[] {
  let [h, w] = [height, width];
  const convs: SizedConv[] = [];
  const visit = (layer: Layer): void => {
    if (layer.kind === "sum") convs.push({ layer: layer.side, height: h, width: w });
    if ("layers" in layer) layer.layers.forEach(visit);
    if ("kernel" in layer) convs.push({ layer, height: h, width: w });
    [h, w] = [outputSide(layer, h), outputSide(layer, w)];
  };
  layers.forEach(visit);
  return convs;
}

/** The side of a layer's output for an input of this side. Layers that contain others keep it. */
export function outputSide(layer: Layer, side: number): number {
  if (layer.kind === "blurPool") return Math.ceil(side / 2);
  if (layer.kind === "upsampleBilinear") return 2 * side;
  if (layer.kind === "maxPool") return Math.floor(side / layer.size);
  if (!("kernel" in layer)) return side;
  const { kind, kernel, stride, padding, outputPadding, upsample } = layer;
  if (kind === "convTranspose") return (side - 1) * stride - 2 * padding + kernel + outputPadding;
  return Math.floor(((upsample ? 2 * side : side) + 2 * padding - kernel) / stride) + 1;
}

/** With fewer input or output channels than this, the taps of a kernel's row become channels in a copy. */
const FEW = 5;

/** Bytes of the largest tensor in a pass of n images of h × w pixels, including padding and copies of taps. */
export function largestActivation({ layers }: Architecture, n: number, height: number, width: number): number {
  const floats = (h: number, w: number, channels: number): number => h * w * roundUp4(channels);
  const sizes = sizedConvs(layers, height, width).flatMap(({ layer, height: h, width: w }) => {
    const { from, to, kernel, padding, upsample } = layer;
    const [rows, columns] = [(upsample ? 2 * h : h) + 2 * padding, (upsample ? 2 * w : w) + 2 * padding];
    const tapped = (channels: number): number => (channels < FEW ? channels * kernel : 0);
    const copied = Math.max(from, tapped(from), tapped(to));
    return [floats(rows, columns, copied), floats(outputSide(layer, h), outputSide(layer, w), to)];
  });
  return 4 * n * Math.max(...sizes);
}

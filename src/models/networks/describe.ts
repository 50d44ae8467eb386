/** Describes the network in a file: its options, its layers, and both in words. */
import { isStatistic } from "../../io/differences.js";
import type { Norm } from "../../nn/norm.js";
import { outputSide, parameterShapes, placed, type Architecture, type ConvLayer, type Layer, type PlacedLayer } from "./layer.js";
import { dcganDiscriminator, dcganGenerator, type DcganDiscriminatorSizes, type DcganGeneratorSizes } from "./dcgan.js";
import { discriminator, type DiscriminatorOptions } from "./patch-gan.js";
import { generatorArchitecture } from "./generator.js";
import type { FcnSizes } from "./fcn.js";
import type { ResnetSizes } from "./resnet.js";
import type { UnetSizes } from "./unet.js";

/** Dropout has no tensors: in a U-Net it does not show, and in a ResNet only by the names behind it. */
export type KnownGenerator = {
  readonly kind: "generator";
  readonly sizes: Required<Omit<ResnetSizes, "dropout">> | Required<Omit<UnetSizes, "dropout">>;
  readonly dropout: boolean;
};

/** The norm of DCGAN's networks is batch norm. */
type BatchNormed<Sizes> = Required<Sizes> & { readonly norm: "batch" };

/** DCGAN's networks: images from noise, and a discriminator of whole images. */
export type KnownDcgan =
  | { readonly kind: "dcgan generator"; readonly sizes: BatchNormed<DcganGeneratorSizes> }
  | { readonly kind: "dcgan discriminator"; readonly sizes: BatchNormed<DcganDiscriminatorSizes> };

/** A network that may have norms. */
export type NormedNetwork =
  | KnownGenerator
  | KnownDcgan
  | { readonly kind: "discriminator"; readonly sizes: Required<DiscriminatorOptions> };

export type KnownNetwork = NormedNetwork | { readonly kind: "segmenter"; readonly sizes: FcnSizes };

export type NetworkKind =
  | KnownNetwork
  /** `what` completes "this is …". */
  | { readonly kind: "unknown"; readonly what: string };

/** The layers of a network. */
export function architectureOf(network: KnownNetwork): Architecture {
  switch (network.kind) {
    case "generator":
    case "segmenter":
      return generatorArchitecture(network.sizes);
    case "discriminator":
      return discriminator(network.sizes);
    case "dcgan generator":
      return dcganGenerator(network.sizes);
    case "dcgan discriminator":
      return dcganDiscriminator(network.sizes);
  }
}

/** The side of the images for which a network's layers are described: `usual`, unless it takes only one. */
export function inputSide(network: KnownNetwork, usual: number): number {
  if (network.kind === "dcgan generator") return 1;
  return network.kind === "dcgan discriminator" ? network.sizes.imageSize : usual;
}

/** The kind of a network, its sizes and its norm. */
export function describeNetwork(network: NetworkKind): string {
  if (network.kind === "unknown") return network.what;
  if (network.kind === "generator") return describeGenerator(network);
  if (network.kind === "segmenter") return describeSegmenter(network.sizes);
  if (network.kind !== "discriminator") return describeDcgan(network);
  const { inputNc, ndf, netD, nLayersD, spectralNorm, antialias } = network.sizes;
  const what = netD === "pixel" ? "a pixel discriminator" : `a PatchGAN discriminator of ${nLayersD} layers`;
  return `${what}, ndf ${ndf}, ${inputNc} channels, ${describeNorm(network.sizes)}${antialias ? ", antialiased" : ""}${spectralNorm ? ", spectral norm" : ""}`;
}

function describeGenerator({ sizes, dropout }: KnownGenerator): string {
  const { inputNc, outputNc, ngf } = sizes;
  const rest = `ngf ${ngf}, ${inputNc} to ${outputNc} channels, ${describeNorm(sizes)}`;
  if ("numDowns" in sizes) return `a U-Net generator that halves images ${sizes.numDowns} times, ${rest}`;
  const details = [dropout ? "dropout" : "no dropout", ...(sizes.antialias ? ["antialiased"] : []), ...(sizes.upsample === "conv-transpose" ? [] : [sizes.upsample])];
  return `a ResNet generator of ${sizes.nBlocks} ${sizes.nBlocks === 1 ? "block" : "blocks"}, ${rest}, ${details.join(", ")}`;
}

function describeDcgan({ kind, sizes }: KnownDcgan): string {
  const { imageSize, nc } = sizes;
  const rest = `${imageSize}×${imageSize} pixels and ${nc} ${nc === 1 ? "channel" : "channels"}, ${describeNorm(sizes)}`;
  if (kind === "dcgan discriminator") return `a DCGAN discriminator, ndf ${sizes.ndf}, of images of ${rest}`;
  return `a DCGAN generator, nz ${sizes.nz}, ngf ${sizes.ngf}, of images of ${rest}`;
}

function describeSegmenter({ inputNc, outputNc, ngf, encoder, fcn }: FcnSizes): string {
  return `an FCN-${fcn} for segmentation into ${outputNc} classes, ${encoder}, ngf ${ngf}, ${inputNc} channels`;
}

function describeNorm({ norm, trackRunningStats }: { readonly norm: Norm; readonly trackRunningStats: boolean }): string {
  return `${norm === "none" ? "no" : norm} norm${trackRunningStats ? " with running statistics" : ""}`;
}

/** A convolution with the norm and activation after it, a residual block, or the end of a skip layer. */
export interface LayerSummary {
  /** Its place in PyTorch's list. */
  readonly name: string;
  /** The place of its last layer, at whose end `output` is. */
  readonly last: string;
  readonly what: string;
  /** [h, w, c] of its output; undefined if the image is too small for it. */
  readonly output: readonly [number, number, number] | undefined;
  /** Number of parameters as PyTorch counts them, without its buffers, such as the singular vectors of spectral norm. */
  readonly parameters: number;
}

interface Line {
  readonly name: string;
  last: string;
  readonly layers: Layer[];
  /** The channels that a skip layer joins to the result of its layers; 0 for all other lines. */
  readonly joined: number;
  /** What its result is added to, if it is the end of a sum. */
  readonly addedTo?: string;
}

/** A network's layers in order, with the sizes of their outputs for an image of h × w pixels. */
export function describeLayers(architecture: Architecture, height: number, width: number): LayerSummary[] {
  const lines: Line[] = [];
  linesOf(placed(architecture), 0, lines);
  let [h, w, c] = [height, width, 0];
  return lines.map(({ name, last, layers, joined, addedTo }) => {
    for (const layer of layers) {
      [h, w] = [outputSide(layer, h), outputSide(layer, w)];
      if ("kernel" in layer) c = layer.to;
    }
    const texts = layers.map(describeLayer).filter((text) => text !== "");
    const ends = [...(joined > 0 ? ["joined to what it began with"] : []), ...(addedTo === undefined ? [] : [`added to ${addedTo}`])];
    const what = [...ends, ...texts].join("; ");
    return { name, last, what, output: sizeOf(h, w, c + joined), parameters: countOf(layers) };
  });
}

function sizeOf(h: number, w: number, c: number): LayerSummary["output"] {
  return h >= 1 && w >= 1 ? [h, w, c] : undefined;
}

/** Adds the lines of some layers, of which a skip layer has several, whose input has `channels`. Returns the channels after them. */
function linesOf(layers: readonly PlacedLayer[], channels: number, lines: Line[]): number {
  let current = channels;
  for (const { name, layer, inner } of layers) {
    const last = lines.at(-1);
    if (layer.kind === "skip") {
      const added = linesOf(inner, current, lines);
      lines.push({ name, last: name, layers: [], joined: current });
      current += added;
    } else if (layer.kind === "sum") {
      current = linesOf(inner, current, lines);
      lines.push({ name, last: name, layers: [], joined: 0, addedTo: inner[0]?.name ?? "" });
    } else if (last && behind.has(layer.kind)) {
      last.layers.push(layer);
      last.last = name;
    } else lines.push({ name, last: name, layers: [layer], joined: 0 });
    if ("kernel" in layer) current = layer.to;
  }
  return current;
}

/** Layers that share the line of the one before them. */
const behind: ReadonlySet<Layer["kind"]> = new Set<Layer["kind"]>(["norm", "relu", "tanh", "maxPool", "dropout"]);

function describeLayer(layer: Layer): string {
  switch (layer.kind) {
    case "conv":
    case "convTranspose":
      return describeConv(layer);
    case "norm":
      return layer.norm === "none" ? "" : `${layer.norm} norm`;
    case "relu":
      return layer.slope === 0 ? "ReLU" : `LeakyReLU ${layer.slope}`;
    case "tanh":
      return "tanh";
    case "residual":
      return `residual (${layer.layers.map(describeLayer).filter((text) => text !== "").join("; ")})`;
    case "skip":
      return `skip (${layer.layers.map(describeLayer).filter((text) => text !== "").join("; ")})`;
    case "blurPool":
      return "halving by blur";
    case "upsampleBilinear":
      return "doubling by bilinear interpolation";
    case "sum":
      return `sum (${[layer.side, ...layer.layers].map(describeLayer).join("; ")})`;
    case "maxPool":
      return `max-pool ${layer.size}×${layer.size}`;
    case "dropout":
      return `dropout ${layer.p}`;
  }
}

function describeConv({ kind, kernel, stride, padding, edges, bias, upsample, spectralNorm }: ConvLayer): string {
  return [
    ...(upsample ? ["doubling"] : []),
    `${kind === "conv" ? "conv" : "transposed conv"} ${kernel}×${kernel}`,
    ...(stride > 1 ? [`stride ${stride}`] : []),
    ...(padding > 0 ? [`${edges === "reflect" ? "reflection " : ""}padding ${padding}`] : []),
    ...(bias ? [] : ["no bias"]),
    ...(spectralNorm ? ["spectral norm"] : []),
  ].join(", ");
}

function countOf(layers: readonly Layer[]): number {
  const isParameter = (name: string): boolean => !/\.(weight_[uv]|filt)$/.test(name) && !isStatistic(name);
  const shapes = [...parameterShapes({ list: "model", layers })].filter(([name]) => isParameter(name));
  return shapes.reduce((sum, [, shape]) => sum + shape.reduce((product, size) => product * size, 1), 0);
}

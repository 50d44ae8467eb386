/** Describes the network in a file: its options, its layers, and both in words. */
import { outputSide, parameterShapes, placed, type Architecture, type ConvLayer, type Layer } from "./layer.js";
import { discriminator, type DiscriminatorOptions } from "./patch-gan.js";
import { resnetGenerator, type GeneratorSizes } from "./resnet.js";

export type KnownNetwork =
  | { readonly kind: "generator"; readonly sizes: Required<GeneratorSizes>; readonly dropout: boolean }
  | { readonly kind: "discriminator"; readonly sizes: Required<DiscriminatorOptions> };

export type NetworkKind =
  | KnownNetwork
  /** `what` completes "this is …". */
  | { readonly kind: "unknown"; readonly what: string };

/** The layers of a network. */
export function architectureOf(network: KnownNetwork): Architecture {
  return network.kind === "generator" ? resnetGenerator(network.sizes) : discriminator(network.sizes);
}

/** The kind of a network, its sizes and its norm. */
export function describeNetwork(network: NetworkKind): string {
  if (network.kind === "unknown") return network.what;
  if (network.kind === "generator") {
    const { inputNc, outputNc, ngf, nBlocks, norm, upsample } = network.sizes;
    const dropout = `${network.dropout ? "dropout" : "no dropout"}${upsample === "resize-conv" ? ", resize-conv" : ""}`;
    return `a ResNet generator of ${nBlocks} ${nBlocks === 1 ? "block" : "blocks"}, ngf ${ngf}, ${inputNc} to ${outputNc} channels, ${norm === "none" ? "no" : norm} norm, ${dropout}`;
  }
  const { inputNc, ndf, netD, nLayersD, norm, spectralNorm } = network.sizes;
  const what = netD === "pixel" ? "a pixel discriminator" : `a PatchGAN discriminator of ${nLayersD} layers`;
  return `${what}, ndf ${ndf}, ${inputNc} channels, ${norm === "none" ? "no" : norm} norm${spectralNorm ? ", spectral norm" : ""}`;
}

/** A convolution with the norm and activation after it, or a residual block. */
export interface LayerSummary {
  /** Its place in PyTorch's list. */
  readonly name: string;
  readonly what: string;
  /** [h, w, c] of its output; undefined if the image is too small for it. */
  readonly output: readonly [number, number, number] | undefined;
  /** Number of parameters as PyTorch counts them, without the singular vectors of spectral norm. */
  readonly parameters: number;
}

interface Line {
  readonly name: string;
  readonly layers: Layer[];
}

/** A network's layers in order, with the sizes of their outputs for an image of h × w pixels. */
export function describeLayers(architecture: Architecture, height: number, width: number): LayerSummary[] {
  const lines: Line[] = [];
  for (const { name, layer } of placed(architecture)) {
    const isBehind = layer.kind === "norm" || layer.kind === "relu" || layer.kind === "tanh";
    const last = lines.at(-1);
    if (isBehind && last) last.layers.push(layer);
    else lines.push({ name, layers: [layer] });
  }
  let [h, w, c] = [height, width, 0];
  return lines.map(({ name, layers }) => {
    for (const layer of layers) {
      if ("kernel" in layer) [h, w, c] = [outputSide(layer, h), outputSide(layer, w), layer.to];
    }
    const what = layers.map(describeLayer).filter((text) => text !== "").join("; ");
    return { name, what, output: h >= 1 && w >= 1 ? ([h, w, c] as const) : undefined, parameters: countOf(layers) };
  });
}

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
  const shapes = [...parameterShapes({ list: "model", layers })].filter(([name]) => !/\.weight_[uv]$/.test(name));
  return shapes.reduce((sum, [, shape]) => sum + shape.reduce((product, size) => product * size, 1), 0);
}

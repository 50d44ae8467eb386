/** The convolutions and norms of CycleGAN's networks, by size. */
import { outputSide, sizedConvs, type Architecture, type Layer, type SizedConv } from "../models/networks/layer.js";
import { discriminator } from "../models/networks/patch-gan.js";
import { resnetGenerator } from "../models/networks/resnet.js";
import { convFlops, type ConvGeometry } from "../ops/conv/geometry.js";

/** A convolution of CycleGAN's networks. */
export interface ConvLayer {
  readonly name: string;
  /** Side of the wide image, in pixels. */
  readonly size: number;
  /** Channels of the wide image. */
  readonly channels: number;
  /** Channels of the narrow image. */
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: 1 | 2;
  readonly padding: number;
  readonly reflect: 0 | 1;
  /** A transposed convolution goes from the narrow side to the wide one, so its passes change places. */
  readonly transposed?: true;
  /** How often the network has it. */
  readonly count: number;
}

/** Images of this side and so many channels are normalised. */
export interface NormLayer {
  readonly size: number;
  readonly channels: number;
}

/** What decides the sizes of a step's tensors. */
export interface NetworkSize {
  /** Side of the images, in pixels. */
  readonly size: number;
  readonly ngf: number;
  readonly ndf: number;
  readonly nBlocks: number;
}

const RGB = 3;

type Wide = Pick<ConvLayer, "size" | "channels" | "outChannels">;

/** A 3×3 convolution on reflected edges, as in the residual blocks. */
export function residualConv(wide: Wide, count: number): ConvLayer {
  const { size, channels, outChannels } = wide;
  const title = `conv 3×3 ${channels}→${outChannels} at ${size}²`;
  return { name: title, ...wide, kernel: 3, stride: 1, padding: 1, reflect: 1, count };
}

/** The convolutions of an architecture at images of this side; equal ones in a row are one with a count. */
function convsOf({ layers }: Architecture, side: number, kindOf: (conv: SizedConv, at: number) => string): ConvLayer[] {
  const convs: ConvLayer[] = [];
  for (const [at, sized] of sizedConvs(layers, side, side).entries()) {
    const { kind, from, to, kernel, stride, padding, edges } = sized.layer;
    const transposed = kind === "convTranspose";
    const [channels, outChannels] = transposed ? [to, from] : [from, to];
    const name = `${kindOf(sized, at)} ${kernel}×${kernel}${stride === 2 ? "/2" : ""} ${from}→${to} at ${sized.height}²`;
    const last = convs.at(-1);
    if (last?.name === name) convs[convs.length - 1] = { ...last, count: last.count + 1 };
    else {
      const size = transposed ? outputSide(sized.layer, sized.height) : sized.height;
      const reflect = edges === "reflect" ? 1 : 0;
      convs.push({ name, size, channels, outChannels, kernel, stride: stride === 2 ? 2 : 1, padding, reflect, ...(transposed && { transposed }), count: 1 });
    }
  }
  return convs;
}

const generatorOf = ({ ngf, nBlocks }: NetworkSize): Architecture =>
  resnetGenerator({ inputNc: RGB, outputNc: RGB, ngf, nBlocks, norm: "instance" });

const discriminatorOf = ({ ndf }: NetworkSize): Architecture =>
  discriminator({ inputNc: RGB, ndf, netD: "basic", nLayersD: 3, norm: "instance" });

export function generatorConvs(network: NetworkSize): ConvLayer[] {
  return convsOf(generatorOf(network), network.size, ({ layer }, at) => {
    if (layer.kernel === 7) return at === 0 ? "stem" : "head";
    if (layer.kind === "convTranspose") return "convT";
    return layer.stride === 2 ? "down" : "conv";
  });
}

export function discriminatorConvs(network: NetworkSize): ConvLayer[] {
  return convsOf(discriminatorOf(network), network.size, () => "patch");
}

/** The sizes at which the generator normalises, then the discriminator's that differ from them. */
export function normLayers(network: NetworkSize): NormLayer[] {
  const all = [generatorOf(network), discriminatorOf(network)].flatMap(({ layers }) => normsOf(layers, network.size));
  return all.filter((layer, at) => at === all.findIndex((other) => other.size === layer.size && other.channels === layer.channels));
}

function normsOf(layers: readonly Layer[], side: number): NormLayer[] {
  let size = side;
  const visit = (layer: Layer): NormLayer[] => {
    if (layer.kind === "residual") return layer.layers.flatMap(visit);
    if ("kernel" in layer) size = outputSide(layer, size);
    return layer.kind === "norm" ? [{ size, channels: layer.channels }] : [];
  };
  return layers.flatMap(visit);
}

export function geometryOf({ size, channels, outChannels, kernel, padding, stride, reflect }: ConvLayer): ConvGeometry {
  const out = Math.floor((size + 2 * padding - kernel) / stride) + 1;
  const wide = { n: 1, height: size, width: size, channels };
  const narrow = { outHeight: out, outWidth: out, outChannels };
  return { ...wide, ...narrow, kernelHeight: kernel, kernelWidth: kernel, stride, padding, reflect };
}

function flopsOf(layers: readonly ConvLayer[]): number {
  return layers.reduce((sum, layer) => sum + layer.count * convFlops(geometryOf(layer)), 0);
}

function weightsOf(layers: readonly ConvLayer[]): number {
  return layers.reduce((sum, { count, kernel, channels, outChannels }) => sum + count * kernel ** 2 * channels * outChannels, 0);
}

/** Parameters that Adam changes in both generators: the weights, and the bias of the head. */
export function generatorParameters(network: NetworkSize): number {
  return 2 * (weightsOf(generatorConvs(network)) + RGB);
}

/**
 * Floating-point operations of the convolutions of one training step on one image of each domain.
 *
 * Each pass is a forward, an input gradient and a weight gradient of equal cost. Left out is what a step leaves out: the
 * gradients of real images, and those of the discriminators' weights while the generators learn.
 */
export function stepFlops(network: NetworkSize, identity: boolean): number {
  const generator = generatorConvs(network);
  const discriminator = discriminatorConvs(network);
  const [stem, firstPatch] = [flopsOf(generator.slice(0, 1)), flopsOf(discriminator.slice(0, 1))];
  const translations = identity ? 6 : 4;
  // Two of the translations, those back to the own domain, start from a generated image and pass its gradient on.
  const generators = translations * 3 * flopsOf(generator) - (translations - 2) * stem;
  const judging = 2 * 2 * flopsOf(discriminator);
  const learning = 4 * (3 * flopsOf(discriminator) - firstPatch);
  return generators + judging + learning;
}

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

function ends(name: string, wide: Wide): ConvLayer {
  const { size, channels, outChannels } = wide;
  const title = `${name} 7×7 ${channels}→${outChannels} at ${size}²`;
  return { name: title, ...wide, kernel: 7, stride: 1, padding: 3, reflect: 1, count: 1 };
}

/** A 3×3 convolution on reflected edges, as in the residual blocks. */
export function residualConv(wide: Wide, count: number): ConvLayer {
  const { size, channels, outChannels } = wide;
  const title = `conv 3×3 ${channels}→${outChannels} at ${size}²`;
  return { name: title, ...wide, kernel: 3, stride: 1, padding: 1, reflect: 1, count };
}

function down(wide: Wide): ConvLayer {
  const { size, channels, outChannels } = wide;
  const title = `down 3×3/2 ${channels}→${outChannels} at ${size}²`;
  return { name: title, ...wide, kernel: 3, stride: 2, padding: 1, reflect: 0, count: 1 };
}

function up(wide: Wide): ConvLayer {
  const { size, channels, outChannels } = wide;
  const title = `convT 3×3/2 ${outChannels}→${channels} at ${size / 2}²`;
  return { name: title, ...wide, kernel: 3, stride: 2, padding: 1, reflect: 0, transposed: true, count: 1 };
}

function patch(wide: Wide, stride: 1 | 2): ConvLayer {
  const { size, channels, outChannels } = wide;
  const title = `patch 4×4${stride === 2 ? "/2" : ""} ${channels}→${outChannels} at ${size}²`;
  return { name: title, ...wide, kernel: 4, stride, padding: 1, reflect: 0, count: 1 };
}

export function generatorConvs({ size, ngf, nBlocks }: NetworkSize): ConvLayer[] {
  const widest = 4 * ngf;
  return [
    ends("stem", { size, channels: RGB, outChannels: ngf }),
    down({ size, channels: ngf, outChannels: 2 * ngf }),
    down({ size: size / 2, channels: 2 * ngf, outChannels: widest }),
    residualConv({ size: size / 4, channels: widest, outChannels: widest }, 2 * nBlocks),
    up({ size: size / 2, channels: 2 * ngf, outChannels: widest }),
    up({ size, channels: ngf, outChannels: 2 * ngf }),
    ends("head", { size, channels: ngf, outChannels: RGB }),
  ];
}

export function discriminatorConvs({ size, ndf }: NetworkSize): ConvLayer[] {
  return [
    patch({ size, channels: RGB, outChannels: ndf }, 2),
    patch({ size: size / 2, channels: ndf, outChannels: 2 * ndf }, 2),
    patch({ size: size / 4, channels: 2 * ndf, outChannels: 4 * ndf }, 2),
    patch({ size: size / 8, channels: 4 * ndf, outChannels: 8 * ndf }, 1),
    patch({ size: size / 8 - 1, channels: 8 * ndf, outChannels: 1 }, 1),
  ];
}

/** The sizes at which the generator normalises, then the discriminator's that differ from them. */
export function normLayers({ size, ngf, ndf }: NetworkSize): NormLayer[] {
  const all = [
    { size, channels: ngf },
    { size: size / 2, channels: 2 * ngf },
    { size: size / 4, channels: 4 * ngf },
    { size: size / 4, channels: 2 * ndf },
    { size: size / 8, channels: 4 * ndf },
    { size: size / 8 - 1, channels: 8 * ndf },
  ];
  return all.filter((layer, at) => at === all.findIndex((other) => other.size === layer.size && other.channels === layer.channels));
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

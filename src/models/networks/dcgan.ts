/** The networks of DCGAN: a generator of images from noise, and a discriminator of whole images. */
import { ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { buildNetwork, type Network } from "./build.js";
import { conv, type Architecture, type ConvLayer, type Layer } from "./layer.js";

interface DcganSizes {
  /** Channels of an image. */
  readonly nc: number;
  /** Height and width of an image: a power of two, at least 8. */
  readonly imageSize: number;
  /** Whether batch norms track running statistics. Default true. */
  readonly trackRunningStats?: boolean;
}

/** The options that determine the layers of a generator of images from noise. */
export interface DcganGeneratorSizes extends DcganSizes {
  /** Numbers of noise for an image. */
  readonly nz: number;
  /** Channels before the last layer. */
  readonly ngf: number;
}

/** The options that determine the layers of a discriminator of whole images. */
export interface DcganDiscriminatorSizes extends DcganSizes {
  /** Channels after the first convolution. */
  readonly ndf: number;
}

/** The least side of an image in pixels. */
export const leastImageSize = 8;

/** Whether the networks can be built for images of this side. */
export function isImageSize(side: number): boolean {
  return Number.isInteger(Math.log2(side)) && side >= leastImageSize;
}

/** The strided layers: 4² and `imageSize` are this many doublings apart. */
function doublings(where: string, { imageSize }: DcganSizes): number {
  if (isImageSize(imageSize)) return Math.log2(imageSize) - 2;
  throw new ShapeError(`${where}: expected imageSize to be a power of two of at least ${leastImageSize}, got ${imageSize}.`);
}

const strided = { kernel: 4, stride: 2, padding: 1, bias: false } as const;
const whole = { kernel: 4, bias: false } as const;

function normed(layer: ConvLayer, slope: number, trackRunningStats: boolean): Layer[] {
  return [layer, { kind: "norm", norm: "batch", channels: layer.to, trackRunningStats }, { kind: "relu", slope }];
}

/**
 * Transposed convolutions 4×4: from noise to 4² pixels, then doublings of the image, each of which halves the channels down to ngf;
 * batch norm and ReLU after each but the last, which makes the image. No biases.
 *
 * Shape: [n, 1, 1, nz] → [n, imageSize, imageSize, nc] in (−1, 1). Throws ShapeError for a side that is no power of two of at least
 * 8. Source: arXiv 1511.06434; the dcgan example of PyTorch, which has 64².
 */
export function dcganGenerator(sizes: DcganGeneratorSizes): Architecture {
  const { nz, nc, ngf, trackRunningStats = true } = sizes;
  const count = doublings("dcganGenerator", sizes);
  const width = (at: number): number => ngf * 2 ** (count - 1 - at);
  const up = (from: number, to: number): ConvLayer => conv({ kind: "convTranspose", from, to, ...strided });
  const middle = Array.from({ length: count - 1 }, (_, at) => normed(up(width(at), width(at + 1)), 0, trackRunningStats));
  return {
    list: "main",
    layers: [
      ...normed(conv({ kind: "convTranspose", from: nz, to: width(0), ...whole }), 0, trackRunningStats),
      ...middle.flat(),
      up(ngf, nc),
      { kind: "tanh" },
    ],
  };
}

/**
 * Convolutions 4×4 of stride 2 down to 4² pixels, each of which doubles the channels from ndf on, with batch norm (not after the
 * first) and LeakyReLU 0.2; then one 4×4 that covers the rest of the map. No biases.
 *
 * Shape: [n, imageSize, imageSize, nc] → [n, 1, 1, 1], a logit. Throws and source as `dcganGenerator`.
 */
export function dcganDiscriminator(sizes: DcganDiscriminatorSizes): Architecture {
  const { nc, ndf, trackRunningStats = true } = sizes;
  const count = doublings("dcganDiscriminator", sizes);
  const width = (at: number): number => ndf * 2 ** at;
  const middle = Array.from({ length: count - 1 }, (_, at) => {
    return normed(conv({ from: width(at), to: width(at + 1), ...strided }), 0.2, trackRunningStats);
  });
  return {
    list: "main",
    layers: [
      conv({ from: nc, to: ndf, ...strided }),
      { kind: "relu", slope: 0.2 },
      ...middle.flat(),
      conv({ from: width(count - 1), to: 1, ...whole }),
    ],
  };
}

/** Builds a `dcganGenerator`. */
export function buildDcganGenerator(gpu: Gpu, sizes: DcganGeneratorSizes): Network {
  return buildNetwork(gpu, dcganGenerator(sizes));
}

/** Builds an `dcganDiscriminator`. */
export function buildDcganDiscriminator(gpu: Gpu, sizes: DcganDiscriminatorSizes): Network {
  return buildNetwork(gpu, dcganDiscriminator(sizes));
}

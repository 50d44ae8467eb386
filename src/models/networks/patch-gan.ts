/** CycleGAN's discriminators: PatchGAN, and one for single pixels. Their output is a map of logits, without a sigmoid. */
import type { Gpu } from "../../gpu/gpu.js";
import type { Norm } from "../../nn/norm.js";
import { buildNetwork, type Network } from "./build.js";
import { conv, type Architecture, type ConvLayer, type Layer } from "./layer.js";

/** The options that determine the layers of a discriminator. */
export interface DiscriminatorOptions {
  readonly inputNc: number;
  /** Channels after the first convolution. */
  readonly ndf: number;
  readonly netD: "basic" | "n_layers" | "pixel";
  /** Number of convolutions of stride 2. `basic` has 3. */
  readonly nLayersD: number;
  readonly norm: Norm;
  /** Divides every convolution's weight by its largest singular value. Default false. */
  readonly spectralNorm?: boolean;
  /** Halves the image without aliasing: by a fixed blur after a convolution of stride 1. Not for `pixel`. Default false. */
  readonly antialias?: boolean;
  /** Whether batch norms track running statistics. Default false. */
  readonly trackRunningStats?: boolean;
}

const leaky: Layer = { kind: "relu", slope: 0.2 };

/** The discriminator that the options name. */
export function discriminator(options: DiscriminatorOptions): Architecture {
  return options.netD === "pixel" ? pixelDiscriminator(options) : patchDiscriminator(options);
}

/**
 * The least side of an image in pixels, so that its map has at least one: each layer of stride 2 halves it, and two more layers
 * lose a pixel each.
 */
export function discriminatorLeast({ netD, nLayersD }: Pick<DiscriminatorOptions, "netD" | "nLayersD">): number {
  return netD === "pixel" ? 1 : 3 * 2 ** (netD === "basic" ? 3 : nLayersD);
}

/** Builds a `discriminator`. */
export function buildDiscriminator(gpu: Gpu, options: DiscriminatorOptions): Network {
  return buildNetwork(gpu, discriminator(options));
}

/**
 * PatchGAN: judges overlapping patches, 70×70 pixels with 3 layers.
 *
 * Shape: [n, h, w, inputNc] → [n, h′, w′, 1]; 256² gives 30² with 3 layers. Source: arXiv 1611.07004, section 6.1.2;
 * networks.py's NLayerDiscriminator. With `antialias`, that of arXiv 2007.15651.
 */
function patchDiscriminator(options: DiscriminatorOptions): Architecture {
  const { inputNc, ndf, netD, nLayersD, norm, spectralNorm = false, antialias = false, trackRunningStats = false } = options;
  const nLayers = netD === "basic" ? 3 : nLayersD;
  const patch = { kernel: 4, padding: 1, spectralNorm } as const;
  const width = (layer: number): number => ndf * Math.min(2 ** layer, 8);
  const normed = (layer: ConvLayer): Layer[] => [layer, { kind: "norm", norm, channels: layer.to, trackRunningStats }, leaky];
  const stride = antialias ? 1 : 2;
  const halving = (channels: number): Layer[] => (antialias ? [{ kind: "blurPool", channels }] : []);
  const middle = Array.from({ length: nLayers }, (_, index) => {
    const [from, to, halves] = [width(index), width(index + 1), index + 1 < nLayers];
    const layers = normed(conv({ from, to, stride: halves ? stride : 1, bias: norm === "instance", ...patch }));
    return halves ? [...layers, ...halving(to)] : layers;
  });
  return {
    list: "model",
    layers: [
      conv({ from: inputNc, to: ndf, stride, ...patch }),
      leaky,
      ...halving(ndf),
      ...middle.flat(),
      conv({ from: width(nLayers), to: 1, ...patch }),
    ],
  };
}

/** Judges each pixel separately, with 1×1 convolutions. Shape: [n, h, w, inputNc] → [n, h, w, 1]. */
function pixelDiscriminator(options: DiscriminatorOptions): Architecture {
  const { inputNc, ndf, norm, spectralNorm = false, trackRunningStats = false } = options;
  const pixel = { kernel: 1, spectralNorm } as const;
  const bias = norm === "instance";
  return {
    list: "net",
    layers: [
      conv({ from: inputNc, to: ndf, ...pixel }),
      leaky,
      conv({ from: ndf, to: 2 * ndf, bias, ...pixel }),
      { kind: "norm", norm, channels: 2 * ndf, trackRunningStats },
      leaky,
      conv({ from: 2 * ndf, to: 1, bias, ...pixel }),
    ],
  };
}

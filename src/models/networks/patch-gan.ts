import type { Gpu } from "../../gpu/gpu.js";
import { Conv2d, type BiasKind } from "../../nn/conv.js";
import { SpectralConv2d } from "../../nn/spectral-conv.js";
import { Sequential, stateless, type Module } from "../../nn/module.js";
import { normActivation, biasBefore, type Norm } from "../../nn/norm.js";
import { leakyRelu } from "../../ops/leaky-relu.js";

export interface DiscriminatorOptions {
  readonly inputNc: number;
  /** Channels after the first convolution. */
  readonly ndf: number;
  readonly netD: "basic" | "n_layers" | "pixel";
  /** Convolutions of stride 2; `basic` has 3. */
  readonly nLayersD: number;
  readonly norm: Norm;
  /** Divides every convolution's weight by its largest singular value. Default false. */
  readonly spectralNorm?: boolean;
}

const SLOPE = 0.2;

/** The discriminator that the options name. Its output is a map of logits without a sigmoid. */
export function buildDiscriminator(gpu: Gpu, options: DiscriminatorOptions): Module {
  const { netD, nLayersD } = options;
  if (netD === "pixel") return buildPixelDiscriminator(gpu, options);
  return buildPatchDiscriminator(gpu, options, netD === "basic" ? 3 : nLayersD);
}

function convolutionOf({ spectralNorm = false }: DiscriminatorOptions): typeof Conv2d | typeof SpectralConv2d {
  return spectralNorm ? SpectralConv2d : Conv2d;
}

/**
 * PatchGAN: judges overlapping patches, 70×70 pixels with 3 layers.
 *
 * Shape: [n, h, w, inputNc] → [n, h′, w′, 1]; 256² gives 30² with 3 layers. Source: arXiv 1611.07004, section 6.1.2;
 * networks.py's NLayerDiscriminator, whose parameter names it has.
 */
function buildPatchDiscriminator(gpu: Gpu, options: DiscriminatorOptions, nLayers: number): Module {
  const { inputNc, ndf, norm } = options;
  const Conv = convolutionOf(options);
  const conv = (inChannels: number, outChannels: number, stride: number, bias: BiasKind): Module =>
    new Conv(gpu, { inChannels, outChannels, kernelSize: 4, bias }, { stride, padding: 1 });
  const layers: [number, Module][] = [
    [0, conv(inputNc, ndf, 2, "trained")],
    [1, stateless((x) => leakyRelu(x, SLOPE))],
  ];
  let channels = ndf;
  let index = 2;
  for (let layer = 1; layer <= nLayers; layer++) {
    const wider = ndf * Math.min(2 ** layer, 8);
    layers.push([index, conv(channels, wider, layer < nLayers ? 2 : 1, biasBefore(norm))]);
    layers.push([index + 1, normActivation(gpu, norm, wider, SLOPE)]);
    channels = wider;
    index += 3;
  }
  layers.push([index, conv(channels, 1, 1, "trained")]);
  return new Sequential([["model", new Sequential(layers)]]);
}

/** Judges each pixel by itself, with 1×1 convolutions. Shape: [n, h, w, inputNc] → [n, h, w, 1]. */
function buildPixelDiscriminator(gpu: Gpu, options: DiscriminatorOptions): Module {
  const { inputNc, ndf, norm } = options;
  const Conv = convolutionOf(options);
  const conv = (inChannels: number, outChannels: number, bias: BiasKind): Module =>
    new Conv(gpu, { inChannels, outChannels, kernelSize: 1, bias });
  const net = new Sequential([
    [0, conv(inputNc, ndf, "trained")],
    [1, stateless((x) => leakyRelu(x, SLOPE))],
    [2, conv(ndf, 2 * ndf, biasBefore(norm))],
    [3, normActivation(gpu, norm, 2 * ndf, SLOPE)],
    [5, conv(2 * ndf, 1, norm === "instance" ? "trained" : "none")],
  ]);
  return new Sequential([["net", net]]);
}

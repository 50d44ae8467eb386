/** The ResNet generator of CycleGAN. */
import type { DType } from "../../dtype.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Norm } from "../../nn/norm.js";
import { cast } from "../../ops/elementwise/cast.js";
import type { Tensor } from "../../tensor/tensor.js";
import { buildNetwork, type BuildOptions, type Network } from "./build.js";
import { conv, type Architecture, type ConvLayer, type Layer } from "./layer.js";

/** The options that determine the layers of a generator. */
export interface GeneratorSizes {
  readonly inputNc: number;
  readonly outputNc: number;
  /** Channels after the first convolution. */
  readonly ngf: number;
  readonly nBlocks: number;
  readonly norm: Norm;
  /** How the image is doubled; see `CycleGANOptions`. Default conv-transpose. */
  readonly upsample?: "conv-transpose" | "resize-conv";
}

export interface GeneratorOptions extends GeneratorSizes, BuildOptions {
  /** How its input and activations are stored; by default as the input is. The result has the same type. */
  readonly activations?: DType;
}

/** Height and width must be multiples of this: two strides of 2. */
export const GENERATOR_MULTIPLE = 4;

/**
 * A 7×7 stem, two convolutions of stride 2, residual blocks, two transposed convolutions (or `upsample`), and a 7×7 head. Of
 * the convolutions before a norm, only those before instance norm have a bias.
 *
 * Source: arXiv 1703.10593, appendix 7.2; networks.py's ResnetGenerator.
 */
export function resnetGenerator({ inputNc, outputNc, ngf, nBlocks, norm, upsample = "conv-transpose" }: GeneratorSizes): Architecture {
  const bias = norm === "instance";
  const normed = (layer: ConvLayer): Layer[] => [layer, { kind: "norm", norm, channels: layer.to }, { kind: "relu", slope: 0 }];
  const wide = { kernel: 7, padding: 3, edges: "reflect" } as const;
  const strided = { kernel: 3, stride: 2, padding: 1, bias } as const;
  const reflected = { kernel: 3, padding: 1, edges: "reflect", bias } as const;
  const doubling = upsample === "conv-transpose" ? { ...strided, kind: "convTranspose" as const } : { ...reflected, upsample: true };
  const width = 4 * ngf;
  const [first, second] = [conv({ from: width, to: width, ...reflected }), conv({ from: width, to: width, ...reflected })];
  const block: Layer = { kind: "residual", layers: [...normed(first), second, { kind: "norm", norm, channels: width }] };
  return {
    list: "model",
    layers: [
      ...normed(conv({ from: inputNc, to: ngf, ...wide, bias })),
      ...normed(conv({ from: ngf, to: 2 * ngf, ...strided })),
      ...normed(conv({ from: 2 * ngf, to: width, ...strided })),
      ...Array.from({ length: nBlocks }, () => block),
      ...normed(conv({ from: width, to: 2 * ngf, ...doubling })),
      ...normed(conv({ from: 2 * ngf, to: ngf, ...doubling })),
      conv({ from: ngf, to: outputNc, ...wide }),
      { kind: "tanh" },
    ],
  };
}

export interface Generator extends Network {
  readonly options: GeneratorOptions;
}

/**
 * Builds a `resnetGenerator`.
 *
 * Shape: [n, h, w, inputNc] → [n, h, w, outputNc] in (−1, 1); h and w multiples of 4.
 */
export function buildGenerator(gpu: Gpu, options: GeneratorOptions): Generator {
  const network = buildNetwork(gpu, resnetGenerator(options), options);
  const forward = (x: Tensor): Tensor => network.forward(cast(x, options.activations ?? x.dtype));
  return { ...network, forward, options };
}

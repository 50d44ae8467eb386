/** The ResNet generator of CycleGAN. */
import type { Norm } from "../../nn/norm.js";
import { conv, type Architecture, type ConvLayer, type Layer } from "./layer.js";

/** The options that determine the layers of a ResNet generator. */
export interface ResnetSizes {
  readonly inputNc: number;
  readonly outputNc: number;
  /** Channels after the first convolution. */
  readonly ngf: number;
  readonly nBlocks: number;
  readonly norm: Norm;
  /** How the image is doubled; see `CycleGANOptions`. Default conv-transpose. */
  readonly upsample?: "conv-transpose" | "resize-conv";
  /** Whether batch norms track running statistics. Default false. */
  readonly trackRunningStats?: boolean;
  /** Whether blocks drop out half of their elements in training. Default false. */
  readonly dropout?: boolean;
}

/**
 * A 7×7 stem, two convolutions of stride 2, residual blocks, two transposed convolutions (or `upsample`), and a 7×7 head. Of
 * the convolutions before a norm, only those before instance norm have a bias.
 *
 * Source: arXiv 1703.10593, appendix 7.2; networks.py's ResnetGenerator.
 */
export function resnetGenerator(sizes: ResnetSizes): Architecture {
  const { inputNc, outputNc, ngf, nBlocks, norm, upsample = "conv-transpose", trackRunningStats = false, dropout = false } = sizes;
  const bias = norm === "instance";
  const normOf = (channels: number): Layer => ({ kind: "norm", norm, channels, trackRunningStats });
  const normed = (layer: ConvLayer): Layer[] => [layer, normOf(layer.to), { kind: "relu", slope: 0 }];
  const wide = { kernel: 7, padding: 3, edges: "reflect" } as const;
  const strided = { kernel: 3, stride: 2, padding: 1, bias } as const;
  const reflected = { kernel: 3, padding: 1, edges: "reflect", bias } as const;
  const transposed = { ...strided, kind: "convTranspose", outputPadding: 1 } as const;
  const doubling = upsample === "conv-transpose" ? transposed : { ...reflected, upsample: true };
  const width = 4 * ngf;
  const [first, second] = [conv({ from: width, to: width, ...reflected }), conv({ from: width, to: width, ...reflected })];
  const dropped: readonly Layer[] = dropout ? [{ kind: "dropout", p: 0.5 }] : [];
  const block: Layer = { kind: "residual", layers: [...normed(first), ...dropped, second, normOf(width)] };
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

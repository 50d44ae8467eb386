/** The ResNet generator of CycleGAN. */
import type { Norm } from "../../nn/norm.js";
import { conv, type Architecture, type ConvLayer, type Layer } from "./layer.js";

/**
 * How a generator doubles an image: by a transposed convolution, or by a convolution after nearest neighbours (resize-conv) or after
 * bilinear interpolation (bilinear-conv).
 */
export type Upsample = "conv-transpose" | "resize-conv" | "bilinear-conv";

/** The options that determine the layers of a ResNet generator. */
export interface ResnetSizes {
  readonly inputNc: number;
  readonly outputNc: number;
  /** Channels after the first convolution. */
  readonly ngf: number;
  readonly nBlocks: number;
  readonly norm: Norm;
  /**
   * How the image is halved: by convolutions of stride 2, or without aliasing, by a convolution of stride 1 and a fixed blur.
   * Default false.
   */
  readonly antialias?: boolean;
  /** How the image is doubled. Default conv-transpose. */
  readonly upsample?: Upsample;
  /** Whether batch norms track running statistics. Default false. */
  readonly trackRunningStats?: boolean;
  /** Whether blocks drop out half of their elements in training. Default false. */
  readonly dropout?: boolean;
}

/**
 * A 7×7 stem, two convolutions of stride 2, residual blocks, two transposed convolutions (or `upsample`), and a 7×7 head. Of
 * the convolutions before a norm, only those before instance norm have a bias.
 *
 * Source: arXiv 1703.10593, appendix 7.2; networks.py's ResnetGenerator. With `antialias` and bilinear-conv, the generator of
 * arXiv 2007.15651.
 */
export function resnetGenerator(sizes: ResnetSizes): Architecture {
  const { inputNc, outputNc, ngf, nBlocks, norm, antialias = false, upsample = "conv-transpose" } = sizes;
  const { trackRunningStats = false, dropout = false } = sizes;
  const bias = norm === "instance";
  const normOf = (channels: number): Layer => ({ kind: "norm", norm, channels, trackRunningStats });
  const normed = (layer: ConvLayer): Layer[] => [layer, normOf(layer.to), { kind: "relu", slope: 0 }];
  const wide = { kernel: 7, padding: 3, edges: "reflect" } as const;
  const plain = { kernel: 3, padding: 1, bias } as const;
  const strided = { ...plain, stride: 2 } as const;
  const reflected = { ...plain, edges: "reflect" } as const;
  const halved = (from: number): Layer[] => {
    const sizes = { from, to: 2 * from };
    return antialias ? [...normed(conv({ ...sizes, ...plain })), { kind: "blurPool", channels: 2 * from }] : normed(conv({ ...sizes, ...strided }));
  };
  const doubled = (from: number): Layer[] => {
    const sizes = { from, to: from / 2 };
    if (upsample === "bilinear-conv") return [{ kind: "upsampleBilinear", channels: from }, ...normed(conv({ ...sizes, ...plain }))];
    if (upsample === "resize-conv") return normed(conv({ ...sizes, ...reflected, upsample: true }));
    return normed(conv({ ...sizes, ...strided, kind: "convTranspose", outputPadding: 1 }));
  };
  const width = 4 * ngf;
  const [first, second] = [conv({ from: width, to: width, ...reflected }), conv({ from: width, to: width, ...reflected })];
  const dropped: readonly Layer[] = dropout ? [{ kind: "dropout", p: 0.5 }] : [];
  const block: Layer = { kind: "residual", layers: [...normed(first), ...dropped, second, normOf(width)] };
  return {
    list: "model",
    layers: [
      ...normed(conv({ from: inputNc, to: ngf, ...wide, bias })),
      ...halved(ngf),
      ...halved(2 * ngf),
      ...Array.from({ length: nBlocks }, () => block),
      ...doubled(width),
      ...doubled(2 * ngf),
      conv({ from: ngf, to: outputNc, ...wide }),
      { kind: "tanh" },
    ],
  };
}

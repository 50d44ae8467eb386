/** The fully convolutional network for semantic segmentation. */
import type { Random } from "../../random.js";
import { initialise } from "../../nn/init.js";
import type { Module } from "../../nn/module.js";
import { conv, type Architecture, type Layer } from "./layer.js";

/** Convolutions in each of the five stages of VGG's encoders, by their names. Source: arXiv 1409.1556, table 1; `vgg8` is ours. */
export const encoders = {
  vgg8: [1, 1, 1, 1, 1],
  vgg11: [1, 1, 2, 2, 2],
  vgg13: [2, 2, 2, 2, 2],
  vgg16: [2, 2, 3, 3, 3],
  vgg19: [2, 2, 4, 4, 4],
} as const;
export type Encoder = keyof typeof encoders;

export const encoderNames = ["vgg8", "vgg11", "vgg13", "vgg16", "vgg19"] as const satisfies readonly Encoder[];

/** FCN-32s, FCN-16s and FCN-8s: the stride of the finest scores in pixels. */
export const fcnKinds = ["32s", "16s", "8s"] as const;
export type FcnKind = (typeof fcnKinds)[number];

/** The options that determine the layers of an FCN. */
export interface FcnSizes {
  readonly inputNc: number;
  /** Number of classes: each has a channel of scores. */
  readonly outputNc: number;
  /** Channels of the first stage; the next ones have 2, 4, 8 and 8 times as many. 64 in VGG. */
  readonly ngf: number;
  readonly encoder: Encoder;
  readonly fcn: FcnKind;
}

/** Sides of images must be multiples of this, in pixels, so that sums of scores meet at equal strides without a crop. */
export const FCN_MULTIPLE = 32;

const relu: Layer = { kind: "relu", slope: 0 };

/**
 * VGG's convolutions 3×3 with ReLU, and a max-pool 2×2 after each of the five stages; scores of the classes by 1×1 convolutions
 * at stride 32, and at 16 and 8 if `fcn` says so; transposed convolutions that double the scores until they meet, and bring
 * the sum to the size of the image. These start as bilinear interpolation (`initialiseFcn`).
 *
 * VGG's layers fc6 and fc7 are left out, and so are the 100 pixels of padding by which the paper fits them in: with sides that
 * are multiples of 32, all strides meet. Parameters of the encoder have torchvision's names for VGG, the others the paper's.
 *
 * Shape: [n, h, w, inputNc] → scores [n, h, w, outputNc], without a softmax. Source: arXiv 1411.4038, section 4.
 */
export function fcn(sizes: FcnSizes): Architecture {
  const { inputNc, outputNc, ngf, encoder } = sizes;
  const width = (stage: number): number => ngf * Math.min(2 ** stage, 8);
  const stages = encoders[encoder].map((count, stage): Layer[] => {
    const convs = Array.from({ length: count }, (_, index) => {
      const from = index > 0 ? width(stage) : stage > 0 ? width(stage - 1) : inputNc;
      return [conv({ from, to: width(stage), kernel: 3, padding: 1 }), relu];
    });
    return convs.flat().concat({ kind: "maxPool", size: 2 });
  });
  const score = (stage: number, name: string) => conv({ from: width(stage), to: outputNc, kernel: 1, name });
  const up = (factor: number, name: string) =>
    conv({ kind: "convTranspose", from: outputNc, to: outputNc, kernel: 2 * factor, stride: factor, padding: factor / 2, bias: false, name });
  const coarse = (): Layer[] => [...stages.slice(4).flat(), score(4, "score_fr")];
  const fused16 = (): Layer => ({
    kind: "sum",
    side: score(3, "score_pool4"),
    layers: [...coarse(), up(2, "upscore2")],
  });
  const fused8 = (): Layer => ({
    kind: "sum",
    side: score(2, "score_pool3"),
    layers: [...stages.slice(3, 4).flat(), fused16(), up(2, "upscore_pool4")],
  });
  const layersOf: Readonly<Record<FcnKind, () => Layer[]>> = {
    "32s": () => [...stages.slice(0, 4).flat(), ...coarse(), up(32, "upscore")],
    "16s": () => [...stages.slice(0, 4).flat(), fused16(), up(16, "upscore16")],
    "8s": () => [...stages.slice(0, 3).flat(), fused8(), up(8, "upscore8")],
  };
  return { list: "features", layers: layersOf[sizes.fcn]() };
}

/**
 * The first weights of an FCN: N(0, 2 / fanIn) in the encoder, 0 for scores, as in the paper, and bilinear interpolation in
 * transposed convolutions, each channel by itself.
 */
export function initialiseFcn(network: Module, random: Random): void {
  initialise(network, "kaiming", 1, random);
  for (const [name, { kind, tensor }] of network.parameters()) {
    if (tensor.gpu.isRehearsal) continue;
    const [kernel = 1, , channels = 1] = tensor.shape;
    if (kind === "convTranspose") tensor.write(bilinearKernel(kernel, channels));
    else if (name.startsWith("score_")) tensor.write(new Float32Array(tensor.size));
  }
}

/**
 * weight[i, j, c, c] = (1 − |i − m| / f)(1 − |j − m| / f) with f = ⌈k / 2⌉ and m = f − 1 if k is odd, else f − ½; 0 between
 * different channels.
 *
 * Shape: [k, k, channels, channels], a transposed convolution of stride f with padding ⌊f / 2⌋ for even f. Source: the paper's
 * surgery.py, upsample_filt.
 */
export function bilinearKernel(k: number, channels: number): Float32Array {
  const factor = Math.ceil(k / 2);
  const middle = k % 2 === 1 ? factor - 1 : factor - 0.5;
  const tap = (i: number): number => 1 - Math.abs(i - middle) / factor;
  const weight = new Float32Array(k * k * channels * channels);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      for (let c = 0; c < channels; c++) weight[((i * k + j) * channels + c) * channels + c] = tap(i) * tap(j);
    }
  }
  return weight;
}

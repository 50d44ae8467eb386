/** The U-Net generator of pix2pix. */
import { ShapeError } from "../../errors.js";
import type { Norm } from "../../nn/norm.js";
import { conv, type Architecture, type ConvLayer, type Layer } from "./layer.js";

/** The options that determine the layers of a U-Net. */
export interface UnetSizes {
  readonly inputNc: number;
  readonly outputNc: number;
  /** Channels after the first convolution. */
  readonly ngf: number;
  /** How often the image is halved: 7 in `unet_128`, 8 in `unet_256`. At least 2. */
  readonly numDowns: number;
  readonly norm: Norm;
  /** Whether batch norms track running statistics. Default false. */
  readonly trackRunningStats?: boolean;
  /** Whether the middle blocks of 8 · ngf channels drop out half of their elements in training. Default false. */
  readonly dropout?: boolean;
}

const leaky: Layer = { kind: "relu", slope: 0.2 };
const relu: Layer = { kind: "relu", slope: 0 };
const halving = { kernel: 4, stride: 2, padding: 1 } as const;

/**
 * Convolutions 4×4 of stride 2 down to a pixel for each 2^numDowns, and transposed ones back up, each of which also sees what
 * the way down had at its size.
 *
 * The widths are ngf, 2 ngf, 4 ngf, and 8 ngf from then on. The innermost convolution has no norm. Of the convolutions
 * before a norm, only those before instance norm have a bias, and of those that halve, likewise.
 *
 * Shape: [n, h, w, inputNc] → [n, h, w, outputNc] in (−1, 1); h and w multiples of 2^numDowns. Throws ShapeError for fewer than
 * two halvings. Source: arXiv 1611.07004, section 6.1.1; networks.py's UnetGenerator.
 */
export function unetGenerator(sizes: UnetSizes): Architecture {
  const { inputNc, outputNc, ngf, numDowns } = sizes;
  if (!Number.isInteger(numDowns) || numDowns < 2) {
    throw new ShapeError(`unetGenerator: expected numDowns of at least 2, got ${numDowns}.`);
  }
  return {
    list: "model.model",
    layers: [
      conv({ from: inputNc, to: ngf, ...halving, bias: sizes.norm === "instance" }),
      { kind: "skip", layers: block(sizes, 1) },
      relu,
      up({ from: 2 * ngf, to: outputNc, bias: true }),
      { kind: "tanh" },
    ],
  };
}

function up(fields: Pick<ConvLayer, "from" | "to" | "bias">): ConvLayer {
  return conv({ ...fields, ...halving, kind: "convTranspose" });
}

/** The layers that see an image that was halved `depth` times. */
function block(sizes: UnetSizes, depth: number): readonly Layer[] {
  const { ngf, numDowns, norm, trackRunningStats = false, dropout = false } = sizes;
  const width = (at: number): number => ngf * Math.min(2 ** at, 8);
  const [outer, inner] = [width(depth - 1), width(depth)];
  const bias = norm === "instance";
  const normed = (layer: ConvLayer): Layer[] => [layer, { kind: "norm", norm, channels: layer.to, trackRunningStats }];
  const down = conv({ from: outer, to: inner, ...halving, bias });
  if (depth === numDowns - 1) return [leaky, down, relu, ...normed(up({ from: inner, to: outer, bias }))];
  const isMiddle = depth >= 4;
  return [
    leaky,
    ...normed(down),
    { kind: "skip", layers: block(sizes, depth + 1) },
    relu,
    ...normed(up({ from: 2 * inner, to: outer, bias })),
    ...(dropout && isMiddle ? [{ kind: "dropout", p: 0.5 } as const] : []),
  ];
}

import type { Gpu } from "../gpu/gpu.js";
import { add } from "../ops/add.js";
import { batchNorm } from "../ops/norm/batch-norm.js";
import { normaliseBy, type ChannelMoments } from "../ops/norm/channel-moments.js";
import { instanceNorm } from "../ops/norm/instance-norm.js";
import { leakyRelu } from "../ops/leaky-relu.js";
import { Tensor } from "../tensor/tensor.js";
import type { BiasKind } from "./conv.js";
import { stateless, type Module, type Parameter } from "./module.js";

export type Norm = "instance" | "batch" | "none";

/** A norm and its activation, whose statistics may be given where an image is computed in parts. */
export interface NormActivation extends Module {
  /** Whether there are statistics at all. */
  readonly hasStatistics: boolean;
  /** What `forward` makes of x where x is part of an image with these moments, + skip. No gradient. */
  forwardPart(x: Tensor, moments: ChannelMoments, skip?: Tensor): Tensor;
}

/** A norm over `channels` with the leaky ReLU behind it: `slope` 1 means no activation, 0 ReLU. */
export function normActivation(gpu: Gpu, norm: Norm, channels: number, slope: number): NormActivation {
  const activation = (x: Tensor): Tensor => (slope === 1 ? x : leakyRelu(x, slope));
  switch (norm) {
    case "instance":
      return {
        ...stateless((x) => instanceNorm(x, slope)),
        hasStatistics: true,
        forwardPart: (x, moments, skip) => normaliseBy(x, moments, slope, undefined, skip),
      };
    case "batch":
      return new BatchNorm2d(gpu, channels, slope);
    case "none":
      return {
        ...stateless(activation),
        hasStatistics: false,
        forwardPart: (x, _, skip) => (skip ? add(activation(x), skip) : activation(x)),
      };
  }
}

/**
 * The bias of a convolution in front of this norm: the reference gives it one only for instance norm, which takes every
 * constant off again. So it has no effect and no gradient; it is kept for the weights' sake, and left as it is.
 */
export function biasBefore(norm: Norm): BiasKind {
  return norm === "instance" ? "constant" : "none";
}

/** The op `batchNorm` with its weight and bias, which `initialise` fills. */
class BatchNorm2d implements NormActivation {
  readonly hasStatistics = true;
  readonly #weight: Parameter;
  readonly #bias: Parameter;
  readonly #slope: number;

  constructor(gpu: Gpu, channels: number, slope: number) {
    this.#weight = { kind: "scale", tensor: Tensor.untracked(gpu, [channels], "batchNorm weight").withGrad() };
    this.#bias = { kind: "vector", tensor: Tensor.untracked(gpu, [channels], "batchNorm bias").withGrad() };
    this.#slope = slope;
  }

  forward(x: Tensor): Tensor {
    return batchNorm(x, this.#weight.tensor, this.#bias.tensor, this.#slope);
  }

  forwardPart(x: Tensor, moments: ChannelMoments, skip?: Tensor): Tensor {
    return normaliseBy(x, moments, this.#slope, { weight: this.#weight.tensor, bias: this.#bias.tensor }, skip);
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return new Map([
      ["weight", this.#weight],
      ["bias", this.#bias],
    ]);
  }
}

import type { Gpu } from "../gpu/gpu.js";
import { add } from "../ops/elementwise/add.js";
import { batchNorm } from "../ops/norm/batch-norm.js";
import { normaliseBy, type ChannelMoments } from "../ops/norm/channel-moments.js";
import { instanceNorm } from "../ops/norm/instance-norm.js";
import { leakyRelu } from "../ops/elementwise/leaky-relu.js";
import { Tensor } from "../tensor/tensor.js";
import type { BiasKind } from "./conv.js";
import { stateless, type Module, type Parameter } from "./module.js";

export type Norm = "instance" | "batch" | "none";

/** A norm and its activation. An image that is computed in parts brings the statistics of the whole image. */
export interface NormActivation extends Module {
  /** Whether this norm has statistics. */
  readonly hasStatistics: boolean;
  /** `forward` of x, a part of an image with these moments, plus skip. Records no gradient. */
  forwardPart(x: Tensor, moments: ChannelMoments, skip?: Tensor): Tensor;
}

/** A norm over `channels`, then a leaky ReLU: `slope` 1 means no activation, 0 means ReLU. */
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
 * The kind of bias of a convolution before this norm. The reference has one only before instance norm, which removes every
 * constant, so that the bias has no effect and no gradient. It exists so that files of weights match.
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

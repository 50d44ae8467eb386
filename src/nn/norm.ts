import type { Gpu } from "../gpu/gpu.js";
import { add } from "../ops/elementwise/add.js";
import { batchNorm, batchNormBy } from "../ops/norm/batch-norm.js";
import { normaliseBy, type ChannelMoments } from "../ops/norm/channel-moments.js";
import { instanceNorm } from "../ops/norm/instance-norm.js";
import { leakyRelu } from "../ops/elementwise/leaky-relu.js";
import { isRecomputing } from "../tensor/grad-mode.js";
import { Tensor } from "../tensor/tensor.js";
import type { BiasKind } from "./conv.js";
import { isEvaluating } from "./evaluating.js";
import { stateless, type Module, type Parameter } from "./module.js";

export type Norm = "instance" | "batch" | "none";

/** A norm and its activation. An image that is computed in parts brings the statistics of the whole image. */
export interface NormActivation extends Module {
  /** Whether this norm computes statistics of its input now. */
  readonly hasStatistics: boolean;
  /** `forward` of x, a part of an image with these moments, plus skip. Records no gradient. */
  forwardPart(x: Tensor, moments: ChannelMoments, skip?: Tensor): Tensor;
}

/**
 * A norm over `channels`, then a leaky ReLU: `slope` 1 means no activation, 0 means ReLU. `trackRunningStats`, for batch norm:
 * whether it keeps averages of the statistics, which take their place in `evaluating`; default false.
 */
export function normActivation(gpu: Gpu, norm: Norm, channels: number, slope: number, trackRunningStats = false): NormActivation {
  const activation = (x: Tensor): Tensor => (slope === 1 ? x : leakyRelu(x, slope));
  switch (norm) {
    case "instance":
      return {
        ...stateless((x) => instanceNorm(x, slope)),
        hasStatistics: true,
        forwardPart: (x, moments, skip) => normaliseBy(x, moments, slope, undefined, skip),
      };
    case "batch":
      return new BatchNorm2d(gpu, channels, slope, trackRunningStats);
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

/** The op `batchNorm` with its weight, bias and, if it tracks them, running statistics, which `initialise` fills. */
class BatchNorm2d implements NormActivation {
  readonly #weight: Parameter;
  readonly #bias: Parameter;
  readonly #running: Readonly<Record<"mean" | "variance" | "batches", Parameter>> | undefined;
  readonly #slope: number;

  constructor(gpu: Gpu, channels: number, slope: number, trackRunningStats: boolean) {
    this.#weight = { kind: "scale", tensor: Tensor.untracked(gpu, [channels], "batchNorm weight").withGrad() };
    this.#bias = { kind: "vector", tensor: Tensor.untracked(gpu, [channels], "batchNorm bias").withGrad() };
    this.#slope = slope;
    if (!trackRunningStats) return;
    this.#running = {
      mean: { kind: "mean", tensor: Tensor.untracked(gpu, [channels], "batchNorm running mean") },
      variance: { kind: "variance", tensor: Tensor.untracked(gpu, [channels], "batchNorm running variance") },
      batches: { kind: "count", tensor: Tensor.untracked(gpu, [1], "batchNorm batches") },
    };
  }

  get hasStatistics(): boolean {
    return !(this.#running && isEvaluating());
  }

  forward(x: Tensor): Tensor {
    const [weight, bias] = [this.#weight.tensor, this.#bias.tensor];
    if (!this.#running) return batchNorm(x, weight, bias, this.#slope);
    const running = {
      mean: this.#running.mean.tensor,
      variance: this.#running.variance.tensor,
      batches: this.#running.batches.tensor,
    };
    if (isEvaluating()) return batchNormBy(x, weight, bias, running, this.#slope);
    return batchNorm(x, weight, bias, this.#slope, isRecomputing() ? undefined : running);
  }

  forwardPart(x: Tensor, moments: ChannelMoments, skip?: Tensor): Tensor {
    if (this.hasStatistics) return normaliseBy(x, moments, this.#slope, { weight: this.#weight.tensor, bias: this.#bias.tensor }, skip);
    return skip ? add(this.forward(x), skip) : this.forward(x);
  }

  parameters(): ReadonlyMap<string, Parameter> {
    const own: [string, Parameter][] = [["weight", this.#weight], ["bias", this.#bias]];
    if (!this.#running) return new Map(own);
    const { mean, variance, batches } = this.#running;
    return new Map([...own, ["running_mean", mean], ["running_var", variance], ["num_batches_tracked", batches]]);
  }
}

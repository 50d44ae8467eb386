import type { Gpu } from "../gpu/gpu.js";
import { conv2d, type Conv2dOptions } from "../ops/conv/conv2d.js";
import { powerIteration, spectralNorm } from "../ops/norm/spectral-norm.js";
import { Tensor } from "../tensor/tensor.js";
import { biasOf, parameter, type ConvSizes } from "./conv.js";
import type { Module, Parameter } from "./module.js";

/**
 * A convolution whose weight is divided by an estimate of its largest singular value, so that it amplifies no input much
 * more than once.
 *
 * Every forward pass makes one step of the power iteration from the previous u and v, as PyTorch's spectral_norm does in
 * training. The parameters have the names of spectral_norm. Source: arXiv 1802.05957.
 */
export class SpectralConv2d implements Module {
  readonly #gpu: Gpu;
  readonly #weight: Parameter;
  readonly #bias: Parameter | undefined;
  readonly #u: Parameter;
  readonly #v: Parameter;
  readonly #options: Conv2dOptions;

  constructor(gpu: Gpu, sizes: ConvSizes, options: Conv2dOptions = {}) {
    const { inChannels, outChannels, kernelSize, bias = "trained" } = sizes;
    this.#gpu = gpu;
    this.#weight = parameter(gpu, "conv", [kernelSize, kernelSize, inChannels, outChannels], "spectral conv2d weight");
    this.#bias = biasOf(gpu, bias, outChannels, "spectral conv2d bias");
    this.#u = { kind: "direction", tensor: Tensor.untracked(gpu, [outChannels], "spectral norm u") };
    this.#v = { kind: "direction", tensor: Tensor.untracked(gpu, [kernelSize, kernelSize, inChannels], "spectral norm v") };
    this.#options = options;
  }

  forward(x: Tensor): Tensor {
    using scope = this.#gpu.scope("spectral convolution");
    // New tensors, because an earlier graph may still need the previous ones.
    const u = Tensor.empty(this.#gpu, this.#u.tensor.shape, "u");
    const v = Tensor.empty(this.#gpu, this.#v.tensor.shape, "v");
    powerIteration(this.#weight.tensor, this.#u.tensor, u, v);
    this.#gpu.queue.copy(u.storage, this.#u.tensor.storage, 4 * u.size);
    this.#gpu.queue.copy(v.storage, this.#v.tensor.storage, 4 * v.size);
    const weight = spectralNorm(this.#weight.tensor, u, v);
    return scope.keep(conv2d(x, weight, this.#bias?.tensor, this.#options));
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return new Map([
      ...(this.#bias ? [["bias", this.#bias] as const] : []),
      ["weight_orig", this.#weight],
      ["weight_u", this.#u],
      ["weight_v", this.#v],
    ]);
  }
}

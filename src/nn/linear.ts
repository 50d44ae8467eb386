import type { Gpu } from "../gpu/gpu.js";
import { linear } from "../ops/linear/matmul.js";
import type { Tensor } from "../tensor/tensor.js";
import { biasOf, named, parameter, type BiasKind } from "./conv.js";
import type { Module, Parameter } from "./module.js";

export interface LinearSizes {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** Default `trained`. */
  readonly bias?: BiasKind;
}

/** The op `linear` with its weight and bias, which `initialise` fills. */
export class Linear implements Module {
  readonly #weight: Parameter;
  readonly #bias: Parameter | undefined;

  constructor(gpu: Gpu, { inFeatures, outFeatures, bias = "trained" }: LinearSizes) {
    this.#weight = parameter(gpu, "linear", [inFeatures, outFeatures], "linear weight");
    this.#bias = biasOf(gpu, bias, outFeatures, "linear bias");
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.#weight.tensor, this.#bias?.tensor);
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return named(this.#weight, this.#bias);
  }
}

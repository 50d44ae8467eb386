import { checkCount } from "../check-number.js";
import type { Gpu } from "../gpu/gpu.js";
import { conv2d, type Conv2dOptions } from "../ops/conv/conv2d.js";
import { convTranspose2d, type ConvTranspose2dOptions } from "../ops/conv/conv-transpose2d.js";
import { upsampleNearest2d } from "../ops/image/upsample-nearest2d.js";
import { Tensor } from "../tensor/tensor.js";
import type { Module, Parameter, ParameterKind } from "./module.js";

export interface ConvSizes {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Height and width of the kernel. */
  readonly kernelSize: number;
  /** `constant`: present but not trained, because the norm that follows removes every constant. Default `trained`. */
  readonly bias?: BiasKind;
}

export type BiasKind = "trained" | "constant" | "none";

/** A parameter with undefined content that outlives every scope. */
export function parameter(gpu: Gpu, kind: ParameterKind, shape: readonly number[], label: string): Parameter {
  return { kind, tensor: Tensor.untracked(gpu, shape, label).withGrad() };
}

/** Throws ShapeError, with the name of the layer, unless all sizes are whole numbers of at least 1. */
function checkSizes(layer: string, { inChannels, outChannels, kernelSize }: ConvSizes): void {
  for (const [name, size] of Object.entries({ inChannels, outChannels, kernelSize })) checkCount(layer, name, size, 1);
}

export function biasOf(gpu: Gpu, kind: BiasKind, channels: number, label: string): Parameter | undefined {
  if (kind === "none") return undefined;
  const bias = parameter(gpu, "vector", [channels], label);
  bias.tensor.requiresGrad = kind === "trained";
  return bias;
}

/** A weight and, if there is one, its bias, by their names. */
export function named(weight: Parameter, bias: Parameter | undefined): ReadonlyMap<string, Parameter> {
  return new Map(bias ? [["weight", weight], ["bias", bias]] : [["weight", weight]]);
}

/** The op `conv2d` with its weight and bias, which `initialise` fills. */
export class Conv2d implements Module {
  readonly #weight: Parameter;
  readonly #bias: Parameter | undefined;
  readonly #options: Conv2dOptions;

  /** Throws ShapeError unless all sizes are whole numbers of at least 1. */
  constructor(gpu: Gpu, sizes: ConvSizes, options: Conv2dOptions = {}) {
    checkSizes("Conv2d", sizes);
    const { inChannels, outChannels, kernelSize, bias = "trained" } = sizes;
    this.#weight = parameter(gpu, "conv", [kernelSize, kernelSize, inChannels, outChannels], "conv2d weight");
    this.#bias = biasOf(gpu, bias, outChannels, "conv2d bias");
    this.#options = options;
  }

  forward(x: Tensor): Tensor {
    return conv2d(x, this.#weight.tensor, this.#bias?.tensor, this.#options);
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return named(this.#weight, this.#bias);
  }
}

/** The op `convTranspose2d` with its weight and bias, which `initialise` fills. */
export class ConvTranspose2d implements Module {
  readonly #weight: Parameter;
  readonly #bias: Parameter | undefined;
  readonly #options: ConvTranspose2dOptions;

  /** Throws ShapeError unless all sizes are whole numbers of at least 1. */
  constructor(gpu: Gpu, sizes: ConvSizes, options: ConvTranspose2dOptions = {}) {
    checkSizes("ConvTranspose2d", sizes);
    const { inChannels, outChannels, kernelSize, bias = "trained" } = sizes;
    const shape = [kernelSize, kernelSize, outChannels, inChannels];
    this.#weight = parameter(gpu, "convTranspose", shape, "convTranspose2d weight");
    this.#bias = biasOf(gpu, bias, outChannels, "convTranspose2d bias");
    this.#options = options;
  }

  forward(x: Tensor): Tensor {
    return convTranspose2d(x, this.#weight.tensor, this.#bias?.tensor, this.#options);
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return named(this.#weight, this.#bias);
  }
}

/** `upsampleNearest2d`, then a convolution with its own weight and bias: doubles an image without a checkerboard. */
export class UpsampleConv2d implements Module {
  readonly #conv: Conv2d;

  constructor(gpu: Gpu, sizes: ConvSizes, options: Conv2dOptions = {}) {
    this.#conv = new Conv2d(gpu, sizes, options);
  }

  forward(x: Tensor): Tensor {
    using scope = x.gpu.scope("upsampled convolution");
    return scope.keep(this.#conv.forward(upsampleNearest2d(x)));
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return this.#conv.parameters();
  }
}

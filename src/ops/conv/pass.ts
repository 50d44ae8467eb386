/** The three passes of a convolution: what they are given, how they are lowered to products, and how products are computed. */
import type { Gpu } from "../../gpu/gpu.js";
import type { Destination } from "../../tensor/op.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { ConvGeometry } from "./geometry.js";

export type ConvPass = "forward" | "transposed" | "weightGrad";

/** What both gradients of a convolution compute from the same dy: made once, by the first that needs it. */
export class SharedGradient {
  #made: Tensor | undefined;

  /** A handle of the caller's own. */
  take(make: () => Tensor): Tensor {
    return (this.#made ??= make()).alias();
  }

  [Symbol.dispose](): void {
    this.#made?.release();
  }
}

/** Operands of the product of a forward or transposed pass, channels filled up to multiples of 4. */
export interface ConvOperands {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly bias: Tensor | undefined;
  readonly y: Tensor;
  /** Adds the result to what y holds. Default false. */
  readonly adds?: boolean;
  /** If x is a gradient from which the weight's gradient is taken as well. */
  readonly shared?: SharedGradient | undefined;
}

/** Operands of the product of a weight gradient, channels filled up to multiples of 4. */
export interface WeightGradOperands {
  readonly x: Tensor;
  readonly dy: Tensor;
  readonly dw: Tensor;
  /** Adds the gradient to what dw holds. Default false. */
  readonly adds?: boolean;
  /** If the input's gradient is taken from dy as well. */
  readonly shared?: SharedGradient | undefined;
}

/** The operands of each pass's product. */
export interface OperandsOf {
  readonly forward: ConvOperands;
  readonly transposed: ConvOperands;
  readonly weightGrad: WeightGradOperands;
}

/** One way to compute the product of a pass. All ways agree within rounding. */
export interface ConvVariant<Operands> {
  /** Whether this device and these sizes allow it. */
  readonly fits: (gpu: Gpu, g: ConvGeometry) => boolean;
  /** Whether it is worth it when it fits. Default: always. */
  readonly pays?: (g: ConvGeometry) => boolean;
  /** How much more rounding it may add than a plain sum of the products. Default 1: none. */
  readonly amplification?: number;
  /** Of a transposed pass: whether it adds up reflections, and what y holds, itself. Otherwise it is given the padded geometry. */
  readonly gathers?: boolean;
  readonly run: (gpu: Gpu, g: ConvGeometry, operands: Operands) => void;
}

/** What a pass of a convolution is called with, channels as they are. */
export interface CallOf {
  readonly forward: { readonly x: Tensor; readonly w: Tensor; readonly bias: Tensor | undefined; readonly y: Tensor };
  readonly transposed: {
    readonly x: Tensor;
    readonly w: Tensor;
    readonly bias: Tensor | undefined;
    readonly to: Destination;
    readonly shared?: SharedGradient | undefined;
  };
  readonly weightGrad: {
    readonly x: Tensor;
    readonly dy: Tensor;
    readonly to: Destination;
    readonly shared?: SharedGradient | undefined;
  };
}

/** The product that a pass is lowered to: itself a pass over other sizes. */
export interface ConvProduct {
  readonly pass: ConvPass;
  readonly g: ConvGeometry;
}

/** One way to lower a pass to a product. */
export interface Lowering<Call> {
  /** Whether it is for convolutions of these sizes. */
  readonly fits: (g: ConvGeometry) => boolean;
  readonly product: (g: ConvGeometry) => ConvProduct;
  readonly run: (gpu: Gpu, g: ConvGeometry, call: Call) => void;
}

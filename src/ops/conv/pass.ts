/** The types of the three passes of a convolution: their operands, their lowerings and the variants of their products. */
import type { Gpu } from "../../gpu/gpu.js";
import type { Destination } from "../../tensor/op.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { ConvGeometry } from "./geometry.js";

export type ConvPass = "forward" | "transposed" | "weightGrad";

/** A tensor that both gradients of a convolution compute from the same dy. The first that needs it makes it. */
export class SharedGradient {
  #made: Tensor | undefined;

  /** Returns a handle that the caller releases. */
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
  /** Adds the result to y instead of overwriting y. Default false. */
  readonly adds?: boolean;
  /** Given if x is the dy of which the weight's gradient is computed too. */
  readonly shared?: SharedGradient | undefined;
}

/** Operands of the product of a weight gradient, channels filled up to multiples of 4. */
export interface WeightGradOperands {
  readonly x: Tensor;
  readonly dy: Tensor;
  readonly dw: Tensor;
  /** Adds the gradient to dw instead of overwriting dw. Default false. */
  readonly adds?: boolean;
  /** Given if the input's gradient is computed from dy too. */
  readonly shared?: SharedGradient | undefined;
}

/** The operands of each pass's product. */
export interface OperandsOf {
  readonly forward: ConvOperands;
  readonly transposed: ConvOperands;
  readonly weightGrad: WeightGradOperands;
}

/** One way to compute the product of a pass. All agree within rounding. */
export interface ConvVariant<Operands> {
  /** Whether this device and these sizes allow it. */
  readonly fits: (gpu: Gpu, g: ConvGeometry) => boolean;
  /** Whether it is worth taking if it fits. Default: always. */
  readonly pays?: (g: ConvGeometry) => boolean;
  /** How many times the rounding of a plain sum of products it may have. Default 1. */
  readonly amplification?: number;
  /** For a transposed pass: true if it adds up reflections and adds to y itself. Otherwise it is given the padded geometry. */
  readonly gathers?: boolean;
  readonly run: (gpu: Gpu, g: ConvGeometry, operands: Operands) => void;
}

/** The operands of a pass before lowering, with any number of channels. */
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

/** The product that a pass is lowered to, which is itself a pass over other sizes. */
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

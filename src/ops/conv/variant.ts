import type { Gpu } from "../../gpu/gpu.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { ConvGeometry } from "./geometry.js";

/** What both gradients of a convolution compute of the same dy: made by the first that needs it, once. */
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

/** Operands of a forward or transposed pass, channels filled up to multiples of 4. */
export interface ConvOperands {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly bias: Tensor | undefined;
  readonly y: Tensor;
  /** Adds the result to what y holds; only for a variant that `gathers`. */
  readonly adds?: boolean;
  /** Where x is a gradient that the weight's gradient is taken of as well. */
  readonly shared?: SharedGradient | undefined;
}

/** Operands of a weight gradient, channels filled up to multiples of 4. */
export interface WeightGradOperands {
  readonly x: Tensor;
  readonly dy: Tensor;
  readonly dw: Tensor;
  /** Adds the gradient to what dw holds. */
  readonly adds?: boolean;
  /** Where the input's gradient is taken of dy as well. */
  readonly shared?: SharedGradient | undefined;
}

/** One way to compute a pass. All ways of a pass agree within rounding. */
export interface ConvVariant<Operands> {
  /** Whether this device and these sizes allow it. */
  readonly fits: (gpu: Gpu, g: ConvGeometry) => boolean;
  /** Whether it is worth while where it fits; always, by default. */
  readonly pays?: (g: ConvGeometry) => boolean;
  /** How much more rounding it may add than a plain sum of the products; none, 1, by default. */
  readonly amplification?: number;
  /** Of a transposed pass: whether it adds up reflections, and what y holds, itself. Else it is given the padded geometry. */
  readonly gathers?: boolean;
  readonly run: (gpu: Gpu, g: ConvGeometry, operands: Operands) => void;
}

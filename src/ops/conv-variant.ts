import type { Gpu } from "../gpu/gpu.js";
import type { Tensor } from "../tensor.js";
import type { ConvGeometry } from "./conv-geometry.js";

/** Operands of a forward or transposed pass, channels filled up to multiples of 4. */
export interface ConvOperands {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly bias: Tensor | undefined;
  readonly y: Tensor;
}

/** Operands of a weight gradient, channels filled up to multiples of 4. */
export interface WeightGradOperands {
  readonly x: Tensor;
  readonly dy: Tensor;
  readonly dw: Tensor;
}

/** One way to compute a pass. All ways of a pass agree within rounding. */
export interface ConvVariant<Operands> {
  /** Whether this device and these sizes allow it. */
  readonly fits: (gpu: Gpu, g: ConvGeometry) => boolean;
  /** Whether it is worth while where it fits; always, by default. */
  readonly pays?: (g: ConvGeometry) => boolean;
  /** How much more rounding it may add than a plain sum of the products; none, 1, by default. */
  readonly amplification?: number;
  /** Of a transposed pass: whether it adds up reflections itself. Else it is given the padded geometry. */
  readonly reflects?: boolean;
  readonly run: (gpu: Gpu, g: ConvGeometry, operands: Operands) => void;
}

/** A kernel to time, and the float64 value that its output must have. */
import { backward } from "../tensor/autograd.js";
import { KernelError } from "../errors.js";
import { noGrad } from "../tensor/grad-mode.js";
import type { Gpu } from "../gpu/gpu.js";
import { defineOp } from "../tensor/op.js";
import type { Random } from "../random.js";
import { sizeOf, type Shape } from "../shape.js";
import { Tensor } from "../tensor/tensor.js";

/** One element of an output in float64. */
export interface Exact {
  readonly value: number;
  /** The sum of the absolute values of its terms: float32 rounds relative to this. */
  readonly magnitude: number;
}

/** Records the work to time. Returns a tensor that it wrote, which the caller releases. */
export type Work = () => Tensor;
/** Records, untimed, what the work needs, and returns the work. Called once for every run. */
export type Arm = () => Work;

/** A kernel with its operands on the device. */
export interface PreparedKernel {
  readonly arm: Arm;
  /** The value that the first run must have written at this index of the flat output. */
  readonly exact: (index: number) => Exact;
  readonly dispose?: () => void;
}

/**
 * Allowed error, relative to the magnitude. Each addition rounds by at most 2⁻²⁴ of the sum so far. With terms of random sign,
 * the sum of k terms is about √k of them, so the roundings of K terms together are about 2⁻²⁴ of the magnitude, 6e-8, for any
 * K. This allows 16 times as much. One term missing from the longest sum here, 65,536 pixels, would be 1.5e-5.
 */
export const PLAIN_TOLERANCE = 2 ** -20;

/** Something to time, and the least work it needs. */
export interface KernelCase {
  readonly name: string;
  /** Multiplications and additions; 0 if only bandwidth bounds the work. */
  readonly flops: number;
  /** Bytes of all operands, each counted once. */
  readonly bytes: number;
  /** Whether a fast algorithm may need fewer operations than `flops`, which makes the rate an effective one. */
  readonly effective?: boolean;
  /** The allowed error, relative to the magnitude; default PLAIN_TOLERANCE. */
  readonly tolerance?: number;
  readonly prepare: (gpu: Gpu, random: Random) => PreparedKernel;
}

/** A prime, so that rows of any width begin at different places of the block. */
const BLOCK = 65_537;

/** Uniform in [−1, 1). The values repeat after one block: drawing millions would take longer than the work itself. */
export function randomValues(random: Random, size: number): Float32Array {
  const block = Float32Array.from({ length: Math.min(size, BLOCK) }, () => 2 * random.uniform() - 1);
  const values = new Float32Array(size);
  for (let start = 0; start < size; start += BLOCK) values.set(block.subarray(0, Math.min(BLOCK, size - start)), start);
  return values;
}

/** Random values, on the host and on the device. */
export interface Operand {
  readonly values: Float32Array;
  readonly tensor: Tensor;
}

export function randomOperand(gpu: Gpu, random: Random, shape: Shape, label: string): Operand {
  const values = randomValues(random.stream(label), sizeOf(shape));
  return { values, tensor: Tensor.from(gpu, shape, values, label) };
}

/** Only the op, as in translation. */
export function forwardOf(op: () => Tensor): Arm {
  return () => () => noGrad(op);
}

/** A loss whose gradient for y is `dy` and whose value is never computed, as a start for backward. */
const lossWithGradient = defineOp<{ y: Tensor; dy: Tensor }>()({
  name: "lossWithGradient",
  shape: () => [],
  forward: ({ inputs: { dy } }) => ({ dy }),
  backward: ({ saved: { dy } }) => ({ y: dy.alias() }),
});

/**
 * The gradient of `leaf`, the only input that requires one, from `dy`. The forward pass is not timed. The dispatch that fills
 * the gradient of the loss, one number, is.
 */
export function gradientOf(op: () => Tensor, leaf: Tensor, dy: Tensor): Arm {
  return () => {
    const y = op();
    const loss = lossWithGradient({ y, dy }, {});
    return () => {
      backward(loss);
      y.release();
      const gradient = leaf.grad;
      leaf.grad = undefined;
      if (!gradient) throw new KernelError(`${leaf.label}: expected a gradient, got none. Does it require grad?`);
      return gradient;
    };
  };
}

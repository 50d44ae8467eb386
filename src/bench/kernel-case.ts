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
  /** The sum of the absolute values that are added up for it: what float32 rounds relative to. */
  readonly magnitude: number;
}

/** Records the work to time and returns a tensor it wrote, which the caller releases. */
export type Work = () => Tensor;
/** Records what has to be there before the work, outside the time, and returns the work; called once for every run of it. */
export type Arm = () => Work;

/** A kernel with its operands on the device. */
export interface PreparedKernel {
  readonly arm: Arm;
  /** What the first run must have written at this place of the flat output. */
  readonly exact: (index: number) => Exact;
  readonly dispose?: () => void;
}

/**
 * Of the magnitude. Each addition rounds by at most 2⁻²⁴ of the sum so far. Over K terms of random sign that sum is about
 * √k of them, so the roundings together come to about 2⁻²⁴ of the magnitude, 6e-8, whatever K is. This is 16 times as
 * much, and one term left out of the longest sum here, 65,536 pixels, is 1.5e-5.
 */
export const PLAIN_TOLERANCE = 2 ** -20;

/** Something to time, and how much it needs at least. */
export interface KernelCase {
  readonly name: string;
  /** Multiplications and additions; 0 if only bandwidth bounds the work. */
  readonly flops: number;
  /** Of every operand once. */
  readonly bytes: number;
  /** Whether a fast algorithm may need fewer operations than `flops` counts, so that the rate is an effective one. */
  readonly effective?: boolean;
  /** The error allowed, relative to the magnitude; by default PLAIN_TOLERANCE. */
  readonly tolerance?: number;
  readonly prepare: (gpu: Gpu, random: Random) => PreparedKernel;
}

/** A prime, so that rows of every width begin at different places of the block. */
const BLOCK = 65_537;

/** Uniform in [−1, 1); past one block the values repeat, because drawing millions takes longer than what is timed. */
export function randomValues(random: Random, size: number): Float32Array {
  const block = Float32Array.from({ length: Math.min(size, BLOCK) }, () => 2 * random.uniform() - 1);
  const values = new Float32Array(size);
  for (let start = 0; start < size; start += BLOCK) values.set(block.subarray(0, Math.min(BLOCK, size - start)), start);
  return values;
}

/** Random values and the same on the device. */
export interface Operand {
  readonly values: Float32Array;
  readonly tensor: Tensor;
}

export function randomOperand(gpu: Gpu, random: Random, shape: Shape, label: string): Operand {
  const values = randomValues(random.stream(label), sizeOf(shape));
  return { values, tensor: Tensor.from(gpu, shape, values, label) };
}

/** The op by itself, as in translation. */
export function forwardOf(op: () => Tensor): Arm {
  return () => () => noGrad(op);
}

/** A loss whose gradient for y is `dy` and whose value is never computed: what backward starts from. */
const lossWithGradient = defineOp<{ y: Tensor; dy: Tensor }>()({
  name: "lossWithGradient",
  shape: () => [],
  forward: ({ inputs: { dy } }) => ({ dy }),
  backward: ({ saved: { dy } }) => ({ y: dy.alias() }),
});

/**
 * The gradient of the one input of the op that requires it, `leaf`, from `dy`. The forward pass stays outside the time;
 * the dispatch that fills the gradient of the loss, one number, is in it.
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

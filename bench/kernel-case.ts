import type { Gpu } from "../src/gpu/gpu.js";
import type { Random } from "../src/random.js";
import type { Tensor } from "../src/tensor.js";

/** One element of an output in float64. */
export interface Exact {
  readonly value: number;
  /** The sum of the absolute values that are added up for it: what float32 rounds relative to. */
  readonly magnitude: number;
}

/** A kernel with its operands on the device. */
export interface PreparedKernel {
  /** Records the work and returns what it wrote; what it makes is released by the caller's scope. */
  readonly run: () => Tensor;
  /** What the first run must have written at this place of the flat output. */
  readonly exact: (index: number) => Exact;
  readonly dispose?: () => void;
}

/** Something to time: which limit bounds it, and how much of that it needs at least. */
export interface KernelCase {
  readonly name: string;
  readonly bound: "arithmetic" | "copy";
  /** Floating-point operations, or the bytes of every operand once. */
  readonly amount: number;
  readonly prepare: (gpu: Gpu, random: Random) => PreparedKernel;
}

/** Uniform in [−1, 1). */
export function randomValues(random: Random, size: number): Float32Array {
  return Float32Array.from({ length: size }, () => 2 * random.uniform() - 1);
}

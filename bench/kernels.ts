import { KernelError } from "../src/errors.js";
import type { Gpu } from "../src/gpu/gpu.js";
import { Random } from "../src/random.js";
import { convCases } from "./conv-cases.js";
import type { KernelCase, PreparedKernel } from "./kernel-case.js";
import { medianMilliseconds } from "./measure.js";
import { normCases } from "./norm-cases.js";
import { otherCases } from "./other-cases.js";

const POSITIONS = 24;
/**
 * Of the magnitude. Sums of up to 4,096 terms, each rounding by at most 2⁻²⁴ of what is summed so far, go wrong by
 * about √4096 · 2⁻²⁴ = 4e-6 in float32; one term of them left out is 2e-4.
 */
const TOLERANCE = 2e-5;

export interface KernelResult {
  readonly name: string;
  readonly milliseconds: number;
  readonly bound: "arithmetic" | "copy";
  /** GFLOP/s, or GB/s where the copy rate is the limit. */
  readonly rate: number;
  /** The largest error found, relative to the magnitude. */
  readonly error: number;
}

export const kernelCases: readonly KernelCase[] = [...convCases, ...normCases, ...otherCases];

/** The largest error at some positions, first and last among them. Throws KernelError when it is more than rounding. */
async function validate(gpu: Gpu, name: string, { run, exact }: PreparedKernel, random: Random): Promise<number> {
  using scope = gpu.scope(`first ${name}`);
  const values = await run().data();
  const others = Array.from({ length: POSITIONS - 2 }, () => random.integer(values.length));
  let worst = 0;
  for (const index of new Set([0, values.length - 1, ...others])) {
    const { value, magnitude } = exact(index);
    const error = Math.abs((values[index] ?? Number.NaN) - value) / magnitude;
    if (!(error <= TOLERANCE)) {
      throw new KernelError(
        `${scope.name}: expected ${value} at ${index}, got ${values[index]}. ` +
          "A wrong kernel has no speed: run the tests of its op.",
      );
    }
    worst = Math.max(worst, error);
  }
  return worst;
}

/** Checks a kernel's output against float64, then times it. */
export async function benchKernel(gpu: Gpu, { name, bound, amount, prepare }: KernelCase): Promise<KernelResult> {
  using scope = gpu.scope(name);
  const random = new Random(1).stream(scope.name);
  const prepared = prepare(gpu, random);
  const error = await validate(gpu, name, prepared, random);
  const milliseconds = await medianMilliseconds(gpu, () => {
    const once = gpu.scope(name);
    prepared.run();
    once.close();
  });
  prepared.dispose?.();
  return { name, milliseconds, bound, rate: amount / (milliseconds * 1e6), error };
}

/** Checks a kernel against float64, then times it. */
import { KernelError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { Random } from "../random.js";
import { PLAIN_TOLERANCE, type KernelCase, type PreparedKernel } from "./kernel-case.js";
import { medianMilliseconds } from "./measure.js";
import type { KernelResult, Limits } from "./report.js";

const POSITIONS = 24;

/** The largest error at some positions, including the first and the last. Throws a KernelError if it is more than rounding. */
async function validate(gpu: Gpu, kernel: KernelCase, { arm, exact }: PreparedKernel, random: Random): Promise<number> {
  using scope = gpu.scope(`first ${kernel.name}`);
  using output = arm()();
  scope.seal();
  const values = await output.data();
  const others = Array.from({ length: POSITIONS - 2 }, () => random.integer(values.length));
  let worst = 0;
  for (const index of new Set([0, values.length - 1, ...others])) {
    const { value, magnitude } = exact(index);
    const error = Math.abs((values[index] ?? Number.NaN) - value) / magnitude;
    if (!(error <= (kernel.tolerance ?? PLAIN_TOLERANCE))) {
      throw new KernelError(
        `${scope.name}: expected ${value} at ${index}, got ${values[index]}. ` +
          "A wrong kernel is not timed: run the tests of its op.",
      );
    }
    worst = Math.max(worst, error);
  }
  return worst;
}

/** Rates, and the share of the nearer limit: the part of the time that the work would take at that limit. */
export function ratesOf({ flops, bytes }: Pick<KernelCase, "flops" | "bytes">, milliseconds: number, limits: Limits) {
  const gigaflops = flops / (milliseconds * 1e6);
  const gigabytes = bytes / (milliseconds * 1e6);
  const shares = { "multiply-add": gigaflops / limits.arithmetic, copy: gigabytes / limits.copy };
  const limit = shares["multiply-add"] > shares.copy ? "multiply-add" : "copy";
  return { gigaflops, gigabytes, limit, share: shares[limit] } as const;
}

/** The figures of a kernel. Throws a KernelError if its output is wrong. */
export async function benchKernel(gpu: Gpu, kernel: KernelCase, limits: Limits): Promise<KernelResult> {
  const { name, bytes, effective = false } = kernel;
  using scope = gpu.scope(name);
  const random = new Random(1).stream(scope.name);
  const prepared = kernel.prepare(gpu, random);
  scope.seal();
  const error = await validate(gpu, kernel, prepared, random);
  const milliseconds = await medianMilliseconds(gpu, prepared.arm, bytes);
  prepared.dispose?.();
  return { name, milliseconds, ...ratesOf(kernel, milliseconds, limits), effective, error };
}

/** Times kernels beside the limits of the device. */
import { measureArithmetic, measureCopy } from "../driver/measure.js";
import type { Gpu } from "../gpu/gpu.js";
import type { BenchHooks } from "./hooks.js";
import type { KernelCase } from "./kernel-case.js";
import { benchKernel } from "./kernels.js";
import type { KernelResult, Limits } from "./report.js";

/** The figures of a device's kernels. */
export interface KernelsReport {
  readonly limits: Limits;
  readonly limitsAfter: Limits;
  readonly kernels: readonly KernelResult[];
}

/** Measures the limits of the device, the kernels, and the limits again. */
export async function benchKernels(gpu: Gpu, cases: readonly KernelCase[], { saying, onResult }: BenchHooks): Promise<KernelsReport> {
  const measureLimits = async (kind: "limits" | "limits after"): Promise<Limits> => {
    const limits = await saying("limits", async () => ({ arithmetic: await measureArithmetic(gpu), copy: await measureCopy(gpu) }));
    onResult({ kind, limits });
    return limits;
  };
  const limits = await measureLimits("limits");
  if (cases.length === 0) return { limits, limitsAfter: limits, kernels: [] };
  const kernels: KernelResult[] = [];
  for (const kernelCase of cases) {
    const kernel = await saying(kernelCase.name, () => benchKernel(gpu, kernelCase, limits));
    onResult({ kind: "kernel", kernel });
    kernels.push(kernel);
  }
  return { limits, limitsAfter: await measureLimits("limits after"), kernels };
}

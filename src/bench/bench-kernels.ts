/** Times kernels beside the limits of the device. */
import { measureArithmetic, measureCopy } from "../driver/measure.js";
import type { Gpu } from "../gpu/gpu.js";
import type { KernelCase } from "./kernel-case.js";
import { benchKernel } from "./kernels.js";
import { printKernelNotes, printLimits, startKernelTable } from "./print.js";
import type { KernelResult, Limits } from "./report.js";

/** Does some work that takes a while, and shows what it is until it is done. */
export type Saying = <T>(what: string, work: () => Promise<T>) => Promise<T>;

const silently: Saying = (_, work) => work();

/** The figures of a device's kernels. */
export interface KernelsReport {
  readonly limits: Limits;
  readonly limitsAfter: Limits;
  readonly kernels: readonly KernelResult[];
}

/** Measures the limits of the device, the kernels, and the limits again. Prints each figure as it becomes known. */
export async function benchKernels(gpu: Gpu, cases: readonly KernelCase[], saying = silently): Promise<KernelsReport> {
  const measureLimits = (): Promise<Limits> =>
    saying("limits", async () => ({ arithmetic: await measureArithmetic(gpu), copy: await measureCopy(gpu) }));
  const limits = await measureLimits();
  printLimits(limits, "measured now");
  if (cases.length === 0) return { limits, limitsAfter: limits, kernels: [] };
  console.log();
  const print = startKernelTable(cases.map(({ name }) => name));
  const kernels: KernelResult[] = [];
  for (const kernelCase of cases) {
    const result = await saying(kernelCase.name, () => benchKernel(gpu, kernelCase, limits));
    print(result);
    kernels.push(result);
  }
  printKernelNotes(kernels);
  const limitsAfter = await measureLimits();
  printLimits(limitsAfter, "measured again: if they differ, something else was running");
  return { limits, limitsAfter, kernels };
}

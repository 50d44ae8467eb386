import { measureArithmetic, measureCopy } from "../driver/measure.js";
import type { Gpu } from "../gpu/gpu.js";
import type { KernelCase } from "./kernel-case.js";
import { benchKernel } from "./kernels.js";
import { printKernelNotes, printLimits, startKernelTable } from "./print.js";
import type { KernelResult, Limits } from "./report.js";

/** Does what takes a while; a caller may say meanwhile what that is, and is silent again once it is done. */
export type Saying = <T>(what: string, work: () => Promise<T>) => Promise<T>;

const silently: Saying = (_, work) => work();

/** What the kernels of a device came to. */
export interface KernelsReport {
  readonly limits: Limits;
  readonly limitsAfter: Limits;
  readonly kernels: readonly KernelResult[];
}

/** The limits of the machine, the kernels beside them, and the limits again, printed as they become known. */
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
  printLimits(limitsAfter, "measured again: where they moved, something else was running");
  return { limits, limitsAfter, kernels };
}

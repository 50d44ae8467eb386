/** `npm run bench`: kernels against the limits of the machine, the host's cost of a dispatch, and the training step. */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { Command } from "commander";
import { measureArithmetic, measureCopy } from "../src/driver/measure.js";
import { UsageError } from "../src/errors.js";
import { openGpu } from "../src/node.js";
import { benchDispatch, dispatchName } from "./dispatch.js";
import type { KernelCase } from "./kernel-case.js";
import { benchKernel, kernelCases, type KernelResult } from "./kernels.js";
import {
  adapterOf,
  printAdapter,
  printDispatch,
  printLimits,
  printStep,
  startKernelTable,
  type AdapterReport,
  type Limits,
} from "./print.js";
import { benchStep, stepName, type StepResult } from "./step.js";

interface Options {
  readonly filter: string;
  readonly json?: string;
  readonly adapter: string;
}

interface Report {
  readonly date: string;
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  readonly adapter: AdapterReport;
  readonly limits?: Limits;
  readonly kernels: readonly KernelResult[];
  /** Microseconds. */
  readonly dispatch?: number;
  readonly step?: StepResult;
}

/** The part of the report that one device gives. */
async function benchDevice(adapter: string, cases: readonly KernelCase[], withDispatch: boolean) {
  using gpu = await openGpu({ adapter });
  const report = adapterOf(gpu);
  printAdapter(report);
  const kernels: KernelResult[] = [];
  let limits: Limits | undefined;
  if (cases.length > 0) {
    limits = { arithmetic: await measureArithmetic(gpu), copy: await measureCopy(gpu) };
    printLimits(limits);
    const print = startKernelTable(cases.map(({ name }) => name), limits);
    for (const kernelCase of cases) {
      const result = await benchKernel(gpu, kernelCase);
      print(result);
      kernels.push(result);
    }
  }
  const dispatch = withDispatch ? await benchDispatch(gpu) : undefined;
  if (dispatch !== undefined) printDispatch(dispatchName, dispatch);
  return { adapter: report, kernels, ...(limits && { limits }), ...(dispatch !== undefined && { dispatch }) };
}

async function bench({ filter, json, adapter }: Options): Promise<void> {
  const chosen = (name: string): boolean => name.toLowerCase().includes(filter.toLowerCase());
  const cases = kernelCases.filter(({ name }) => chosen(name));
  if (cases.length === 0 && !chosen(dispatchName) && !chosen(stepName)) {
    const names = [...kernelCases.map(({ name }) => name), dispatchName, stepName];
    throw new UsageError(`--filter: expected a part of one of these names, got "${filter}".\n  ${names.join("\n  ")}`);
  }
  const measured = await benchDevice(adapter, cases, chosen(dispatchName));
  const step = chosen(stepName) ? await benchStep(adapter) : undefined;
  if (step) printStep(step);
  if (json === undefined) return;
  const processors = cpus();
  const machine = { node: process.version, processor: processors[0]?.model ?? "unknown", cores: processors.length };
  const report: Report = { date: new Date().toISOString(), ...machine, ...measured, ...(step && { step }) };
  writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
}

const command = new Command("bench")
  .description("time the kernels, a dispatch and the training step; every output is checked against float64 first")
  .option("--filter <text>", "only what has this in its name", "")
  .option("--json <file>", "write the figures there as well")
  .option("--adapter <which>", "auto, hardware, software, or a part of an adapter's name", "auto")
  .action((options: Options) => bench(options));

await command.parseAsync().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});

/** Prints the tables of the benchmarks. */
import { productVersion } from "../generated/version.js";
import type { BenchResult } from "./hooks.js";
import type { AdapterReport, KernelResult, LeftOutStep, Limits, StepResult } from "./report.js";
import { significant, startTable } from "./table.js";

const MEBIBYTE = 2 ** 20;

/** Prints the adapter and its driver, above every table. */
export function printAdapter({ name, driver, isCpu }: AdapterReport): void {
  const warning = isCpu ? " (a CPU adapter: compare only within this run; this says nothing about a GPU)" : "";
  console.log(`\nadapter  ${name}${warning}`);
  console.log(`driver   ${driver}`);
}

export function printVersions(): void {
  console.log(`version  cyclegan-webgpu ${productVersion}, Node ${process.version}, ${process.platform} ${process.arch}`);
}

function printLimits({ arithmetic, copy }: Limits, when: string): void {
  console.log(`limits   multiply-add ${arithmetic.toFixed(1)} GFLOP/s, copy ${copy.toFixed(1)} GB/s, ${when}`);
}

export function widest(names: readonly string[]): number {
  return Math.max(0, ...names.map(({ length }) => length));
}

/** Prints the head of the table of kernels; returns a function that prints a row. */
function startKernelTable(names: readonly string[]): (result: KernelResult) => void {
  const row = startTable([
    { heading: "kernel", width: widest(names), align: "left" },
    { heading: "ms", width: 9, align: "right" },
    { heading: "GFLOP/s", width: 8, align: "right" },
    { heading: "GB/s", width: 7, align: "right" },
    { heading: "of the limit", width: 20, align: "right" },
    { heading: "error", width: 6, align: "right" },
  ]);
  return ({ name, milliseconds, gigaflops, gigabytes, limit, share, effective, error }) => {
    const arithmetic = gigaflops === 0 ? "" : `${effective ? "~" : ""}${significant(gigaflops)}`;
    const part = `${(100 * share).toFixed(0)} % of ${limit}`;
    row([name, milliseconds.toFixed(3), arithmetic, significant(gigabytes), part, error.toExponential(0)]);
  };
}

function printKernelNotes(results: readonly KernelResult[]): void {
  if (!results.some(({ effective }) => effective)) return;
  console.log("~ effective: the operations of the direct convolution, divided by the time of the algorithm that ran");
}

/** Prints the head of the table of training steps; returns a function that prints a row. */
function startStepTable(names: readonly string[]): (step: StepResult) => void {
  const row = startTable([
    { heading: "step", width: widest(names), align: "left" },
    { heading: "ms", width: 9, align: "right" },
    { heading: "steps/s", width: 8, align: "right" },
    { heading: "GFLOP/s", width: 8, align: "right" },
    { heading: "dispatches", width: 10, align: "right" },
    { heading: "peak MiB", width: 8, align: "right" },
  ]);
  return ({ name, milliseconds, gigaflops, dispatches, peakBytes }) => {
    const rates = [milliseconds.toFixed(1), significant(1000 / milliseconds), significant(gigaflops)];
    row([name, ...rates, String(dispatches), (peakBytes / MEBIBYTE).toFixed(1)]);
  };
}

function printLeftOut({ name, seconds, problem }: LeftOutStep): void {
  console.log(`${name}: left out, because ${problem ?? `it would take about ${significant(seconds)} s at the rate of the previous step`}`);
}

/**
 * Prints figures as they become known: the limits, a table of kernels and one of training steps, each with its head.
 *
 * The names of all kernels and steps determine the widths of the columns.
 */
export function createResultPrinter(kernelNames: readonly string[], stepNames: readonly string[]): (result: BenchResult) => void {
  const kernels: KernelResult[] = [];
  let printKernel: ((kernel: KernelResult) => void) | undefined;
  let printStep: ((step: StepResult) => void) | undefined;
  const start = <T>(table: (names: readonly string[]) => T, names: readonly string[]): T => {
    console.log();
    return table(names);
  };
  return (result) => {
    switch (result.kind) {
      case "limits":
        return printLimits(result.limits, "measured now");
      case "kernel":
        kernels.push(result.kernel);
        return (printKernel ??= start(startKernelTable, kernelNames))(result.kernel);
      case "limits after":
        printKernelNotes(kernels);
        return printLimits(result.limits, "measured again: if they differ, something else was running");
      case "step":
        return (printStep ??= start(startStepTable, stepNames))(result.step);
      case "left out":
        return printLeftOut(result.step);
    }
  };
}

import type { Gpu } from "../src/gpu/gpu.js";
import type { KernelResult } from "./kernels.js";
import type { StepResult } from "./step.js";
import { tableHead, tableRow, type Column } from "./table.js";

/** What the machine does at best, measured in the same run. */
export interface Limits {
  /** Multiply-adds in registers, GFLOP/s. */
  readonly arithmetic: number;
  /** A copy through a kernel, GB/s read and written. */
  readonly copy: number;
}

export interface AdapterReport {
  readonly name: string;
  readonly driver: string;
  readonly isCpu: boolean;
}

const units = { arithmetic: "GFLOP/s", copy: "GB/s" } as const;

export function adapterOf({ adapterInfo, isCpu }: Gpu): AdapterReport {
  const { vendor, architecture, device, description } = adapterInfo;
  const name = [vendor, architecture, device].filter(Boolean).join(" ");
  return { name, driver: description || "unknown", isCpu };
}

export function printAdapter({ name, driver, isCpu }: AdapterReport): void {
  const warning = isCpu ? " (a CPU adapter: compare within this run, it says nothing about a GPU)" : "";
  console.log(`adapter  ${name}${warning}`);
  console.log(`driver   ${driver}`);
}

export function printLimits({ arithmetic, copy }: Limits): void {
  console.log(`limits   multiply-add ${arithmetic.toFixed(1)} GFLOP/s, copy ${copy.toFixed(1)} GB/s, measured now\n`);
}

function kernelColumns(names: readonly string[]): readonly Column[] {
  return [
    { heading: "kernel", width: Math.max(...names.map(({ length }) => length)), align: "left" },
    { heading: "ms", width: 9, align: "right" },
    { heading: "rate", width: 15, align: "right" },
    { heading: "of limit", width: 8, align: "right" },
    { heading: "error", width: 8, align: "right" },
  ];
}

/** Prints the head of the table, and returns what prints a row as soon as it is known. */
export function startKernelTable(names: readonly string[], limits: Limits): (result: KernelResult) => void {
  const columns = kernelColumns(names);
  console.log(tableHead(columns));
  return ({ name, milliseconds, bound, rate, error }) => {
    const share = `${((100 * rate) / limits[bound]).toFixed(0)} %`;
    const cells = [name, milliseconds.toFixed(3), `${rate.toFixed(2)} ${units[bound]}`, share, error.toExponential(0)];
    console.log(tableRow(columns, cells));
  };
}

export function printDispatch(name: string, microseconds: number): void {
  console.log(`\n${name}: ${microseconds.toFixed(2)} µs, recording only, warm, bind group cached`);
}

export function printStep(step: StepResult): void {
  const { milliseconds, firstMilliseconds, dispatches, submits, pipelines, liveBytes, peakBytes } = step;
  const host = (step.hostMilliseconds * 1000) / dispatches;
  const rates = `${milliseconds.toFixed(1)} ms, ${(1000 / milliseconds).toFixed(2)} steps/s`;
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  console.log(`\n${step.name}`);
  console.log(`  ${rates}; the first ${firstMilliseconds.toFixed(0)} ms`);
  console.log(`  ${dispatches} dispatches, ${submits} submits, ${pipelines} pipelines`);
  console.log(`  host ${host.toFixed(2)} µs a dispatch, autograd and submits included`);
  console.log(`  device memory ${mebibytes(liveBytes)} live after a step, ${mebibytes(peakBytes)} at the peak`);
}

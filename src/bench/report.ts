import { cpus } from "node:os";
import { productVersion } from "../driver/product-version.js";
import type { Gpu } from "../gpu/gpu.js";

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

export interface KernelResult {
  readonly name: string;
  readonly milliseconds: number;
  /** GFLOP/s; 0 where only bytes count. */
  readonly gigaflops: number;
  /** GB/s, each operand counted once. */
  readonly gigabytes: number;
  /** The limit that the work is nearer to, and the part of it that is reached. */
  readonly limit: "multiply-add" | "copy";
  readonly share: number;
  /** Whether `gigaflops` counts the direct algorithm's operations, whichever ran. */
  readonly effective: boolean;
  /** The largest error found, relative to the magnitude. */
  readonly error: number;
}

export interface StepResult {
  readonly name: string;
  readonly milliseconds: number;
  /** How many steps that is the median of. */
  readonly samples: number;
  /** GFLOP/s of the step's convolutions. */
  readonly gigaflops: number;
  /** Host time to record a step, autograd included. */
  readonly hostMilliseconds: number;
  readonly dispatches: number;
  readonly submits: number;
  readonly pipelines: number;
  readonly liveBytes: number;
  readonly peakBytes: number;
}

/** The machine, without anything that names it or its user. */
export interface MachineReport {
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
}

/** What WebGPU says the device can do, as far as kernels depend on it. */
export interface DeviceReport {
  /** Bytes. */
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  /** Lanes of a subgroup, from and to; 0 if there are none. */
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
}

/** A step that was left out, and the seconds that one of it would take here. */
export interface LeftOutStep {
  readonly name: string;
  readonly seconds: number;
}

/** What the file's other fields mean changes with the number. */
export const BENCH_SCHEMA = "cyclegan-bench/1";

/** The file of `cyclegan bench`, which can be posted. Fields are added under the same schema, never changed. */
export interface BenchReport extends MachineReport {
  readonly schema: typeof BENCH_SCHEMA;
  /** Of this product. */
  readonly version: string;
  readonly date: string;
  /** `linux x64`. */
  readonly platform: string;
  readonly adapter: AdapterReport;
  readonly device: DeviceReport;
  /** Before the kernels, whose shares are of these, and after them. */
  readonly limits: Limits;
  readonly limitsAfter: Limits;
  readonly kernels: readonly KernelResult[];
  readonly steps: readonly StepResult[];
  readonly leftOut: readonly LeftOutStep[];
}

export function adapterOf({ adapterInfo, isCpu }: Gpu): AdapterReport {
  const { vendor, architecture, device, description } = adapterInfo;
  const name = [vendor, architecture, device].filter(Boolean).join(" ");
  return { name, driver: description || "unknown", isCpu };
}

export function deviceOf({ adapterInfo, device: { limits, features } }: Gpu): DeviceReport {
  const subgroups = features.has("subgroups");
  return {
    maxBufferSize: limits.maxBufferSize,
    maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
    maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
    maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
    subgroupMinSize: subgroups ? adapterInfo.subgroupMinSize : 0,
    subgroupMaxSize: subgroups ? adapterInfo.subgroupMaxSize : 0,
  };
}

export function machineOf(): MachineReport {
  const processors = cpus();
  return { node: process.version, processor: processors[0]?.model ?? "unknown", cores: processors.length };
}

/** The file's head and what was measured. */
export function benchReport(measured: Omit<BenchReport, "schema" | "version" | "date" | "platform" | keyof MachineReport>): BenchReport {
  return {
    schema: BENCH_SCHEMA,
    version: productVersion(),
    date: new Date().toISOString(),
    platform: `${process.platform} ${process.arch}`,
    ...machineOf(),
    ...measured,
  };
}

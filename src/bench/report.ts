/** The report of `cyclegan bench` and of the studio's page Bench. */
import { productVersion } from "../generated/version.js";
import type { Gpu } from "../gpu/gpu.js";

/** The limits of the device, measured in the same run. */
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
  /** GFLOP/s; 0 if only bandwidth bounds the work. */
  readonly gigaflops: number;
  /** GB/s, each operand counted once. */
  readonly gigabytes: number;
  /** The limit that the work is nearer to, and the part of it that the kernel reaches. */
  readonly limit: "multiply-add" | "copy";
  readonly share: number;
  /** Whether `gigaflops` counts the operations of the direct algorithm, even if a faster one ran. */
  readonly effective: boolean;
  /** The largest error found, relative to the magnitude. */
  readonly error: number;
}

export interface StepResult {
  readonly name: string;
  readonly milliseconds: number;
  /** The number of steps of which the time is the median. */
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

/** The machine that Node runs on, without names of it or of its user. */
export interface NodeMachine {
  /** `linux x64`. */
  readonly platform: string;
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
}

/** What a browser tells of its machine. */
export interface BrowserMachine {
  /** `Windows`. */
  readonly platform: string;
  /** `Chrome 142`. */
  readonly browser: string;
  readonly cores: number;
}

/** The limits and features of the device that kernels depend on. */
export interface DeviceReport {
  /** Bytes. */
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  /** The range of the number of lanes of a subgroup; 0 without subgroups. */
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  /** Names of WebGPU's features that the device was opened with. */
  readonly features: readonly string[];
}

/** A step that was left out. */
export interface LeftOutStep {
  readonly name: string;
  /** The seconds that it would take here. */
  readonly seconds: number;
  /** Why the device could not do it; absent if it would take too long. */
  readonly problem?: string;
}

/** Raised if the meaning of the file's other fields changes. */
export const BENCH_SCHEMA = "cyclegan-bench/1";

/** What is measured on a device. */
export interface Measured {
  readonly adapter: AdapterReport;
  readonly device: DeviceReport;
  /** Measured before the kernels, whose shares refer to these, and after them. */
  readonly limits: Limits;
  readonly limitsAfter: Limits;
  readonly kernels: readonly KernelResult[];
  readonly steps: readonly StepResult[];
  readonly leftOut: readonly LeftOutStep[];
}

interface Head {
  readonly schema: typeof BENCH_SCHEMA;
  /** Version of this product. */
  readonly version: string;
  readonly date: string;
}

/** The content of the file. Under the same schema, fields are only added, never changed. */
export type BenchReport = Head & (NodeMachine | BrowserMachine) & Measured;

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
    features: [...features].sort(),
  };
}

/** Adds the head of the file to what was measured. */
export function benchReport(measured: Measured, machine: NodeMachine | BrowserMachine): BenchReport {
  return { schema: BENCH_SCHEMA, version: productVersion, date: new Date().toISOString(), ...machine, ...measured };
}

/** The text of the file. Figures keep four digits: two runs differ by more. */
export function formatReport(report: BenchReport): string {
  const round = (_: string, value: unknown): unknown =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  return `${JSON.stringify(report, round, 2)}\n`;
}

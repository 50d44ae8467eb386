import type { Gpu } from "../src/gpu/gpu.js";

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

/** The first step in a process of its own. */
export interface FirstStep {
  /** From opening the device to having it. */
  readonly openMilliseconds: number;
  /** Building the networks, compiling the pipelines, and the step itself. */
  readonly milliseconds: number;
  readonly pipelines: number;
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
  /** With the driver's shader cache empty, and filled by that run. Absent where a step takes minutes. */
  readonly cold?: FirstStep;
  readonly warm?: FirstStep;
}

export interface Report {
  readonly date: string;
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  readonly scale: string;
  readonly adapter: AdapterReport;
  /** Before the kernels, whose shares are of these, and after them. */
  readonly limits?: Limits;
  readonly limitsAfter?: Limits;
  readonly kernels: readonly KernelResult[];
  /** Host cost of a dispatch, microseconds. */
  readonly dispatch?: number;
  readonly steps: readonly StepResult[];
}

export function adapterOf({ adapterInfo, isCpu }: Gpu): AdapterReport {
  const { vendor, architecture, device, description } = adapterInfo;
  const name = [vendor, architecture, device].filter(Boolean).join(" ");
  return { name, driver: description || "unknown", isCpu };
}

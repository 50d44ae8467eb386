/** The results of other devices, which the build writes into benchmarks.json. */
import type { AdapterReport, KernelResult, Limits, StepResult } from "../../bench/report.js";

export type KernelFigures = Pick<KernelResult, "name" | "milliseconds" | "gigaflops" | "gigabytes" | "limit" | "share">;
export type StepFigures = Pick<StepResult, "name" | "milliseconds" | "gigaflops">;

/** What was measured on a device. */
export interface Figures {
  readonly limits?: Limits;
  readonly kernels: readonly KernelFigures[];
  readonly steps: readonly StepFigures[];
}

/** Results that are committed to the repository. */
export interface DeviceResult extends Figures {
  readonly adapter: AdapterReport;
  /** The processor and its cores, which compute if the adapter is a software one. */
  readonly machine: string;
  /** `2026-11-26`. */
  readonly date: string;
}

export interface Benchmarks {
  /** The names of all kernels that the page measures, and of its training steps on any device, from small to large. */
  readonly kernels: readonly string[];
  readonly steps: readonly string[];
  readonly devices: readonly DeviceResult[];
  /** The names and versions of other engines in this build. */
  readonly peers: readonly string[];
}

export const noBenchmarks: Benchmarks = { kernels: [], steps: [], devices: [], peers: [] };

/** The file beside the page; empty if it cannot be loaded. */
export async function loadBenchmarks(): Promise<Benchmarks> {
  const response = await fetch("benchmarks.json");
  return response.ok ? response.json() : noBenchmarks;
}

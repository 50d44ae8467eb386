import type { AdapterReport, KernelResult, Limits, MachineReport, StepResult } from "../src/bench/report.js";

/** The first step in a process of its own. */
export interface FirstStep {
  /** From opening the device to having it. */
  readonly openMilliseconds: number;
  /** Building the networks, compiling the pipelines, and the step itself. */
  readonly milliseconds: number;
  readonly pipelines: number;
}

export interface BenchedStep extends StepResult {
  /** With the driver's shader cache empty, and filled by that run. Absent where a step takes minutes. */
  readonly cold?: FirstStep;
  readonly warm?: FirstStep;
}

export interface Report extends MachineReport {
  readonly date: string;
  readonly scale: string;
  readonly adapter: AdapterReport;
  /** Before the kernels, whose shares are of these, and after them. */
  readonly limits?: Limits;
  readonly limitsAfter?: Limits;
  readonly kernels: readonly KernelResult[];
  /** Host cost of a dispatch, microseconds. */
  readonly dispatch?: number;
  readonly steps: readonly BenchedStep[];
}

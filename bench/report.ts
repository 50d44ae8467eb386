import type { AdapterReport, KernelResult, Limits, NodeMachine, StepResult } from "../src/bench/report.js";

/** The first training step of a new process. */
export interface FirstStep {
  /** Milliseconds to open the device. */
  readonly openMilliseconds: number;
  /** Milliseconds to build the networks, compile the pipelines and run the step. */
  readonly milliseconds: number;
  readonly pipelines: number;
}

export interface BenchedStep extends StepResult {
  /** With the driver's shader cache empty (cold), and filled by the cold run (warm). Absent if a step takes minutes. */
  readonly cold?: FirstStep;
  readonly warm?: FirstStep;
}

export interface Report extends NodeMachine {
  readonly date: string;
  readonly scale: string;
  readonly adapter: AdapterReport;
  /** Limits measured before the kernels, whose percentages refer to these, and after them. */
  readonly limits?: Limits;
  readonly limitsAfter?: Limits;
  readonly kernels: readonly KernelResult[];
  /** Host time to record a dispatch, in microseconds. */
  readonly dispatch?: number;
  readonly steps: readonly BenchedStep[];
}

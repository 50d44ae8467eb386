/** What a measurement tells while it runs. */
import type { KernelResult, LeftOutStep, Limits, StepResult } from "./report.js";

/** Does some work that takes a while, and shows what it is until it is done. */
export type Saying = <T>(what: string, work: () => Promise<T>) => Promise<T>;

/** A figure that has become known. */
export type BenchResult =
  | { readonly kind: "limits" | "limits after"; readonly limits: Limits }
  | { readonly kind: "kernel"; readonly kernel: KernelResult }
  | { readonly kind: "step"; readonly step: StepResult }
  | { readonly kind: "left out"; readonly step: LeftOutStep };

export interface BenchHooks {
  readonly saying: Saying;
  readonly onResult: (result: BenchResult) => void;
}

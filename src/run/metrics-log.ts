import type { HeldOutMetrics } from "../models/cyclegan/evaluator.js";
import { readLines } from "../io/json-lines.js";
import type { HeldOutProgress } from "../training/progress.js";

/** A line of metrics.jsonl. */
export interface MetricsEntry extends HeldOutMetrics {
  readonly step: number;
  readonly epoch: number;
}

/** The newest distance beside the lowest; of equal ones the earlier step is the best. */
export function heldOutAfter(
  before: HeldOutProgress | undefined,
  { step, swd }: Pick<MetricsEntry, "step" | "swd">,
): HeldOutProgress {
  const best = before && before.best <= swd ? { best: before.best, bestStep: before.bestStep } : { best: swd, bestStep: step };
  return { swd, ...best };
}

/** What a run's metrics.jsonl says; undefined where nothing was measured. */
export function readHeldOutProgress(path: string): HeldOutProgress | undefined {
  let heldOut: HeldOutProgress | undefined;
  for (const { step, swd } of readLines(path)) {
    if (typeof step === "number" && typeof swd === "number") heldOut = heldOutAfter(heldOut, { step, swd });
  }
  return heldOut;
}

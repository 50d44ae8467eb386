/** Lines of log.jsonl, and of metrics.jsonl with what they say of the progress on held-out images. */
import { readLines } from "../io/json-lines.js";
import type { Losses, Metrics } from "../models/model.js";

/** A line of log.jsonl: where the training stood, its pace, and its losses by name. */
export interface LogEntry extends Losses {
  readonly step: number;
  readonly epoch: number;
  /** Learning rate of this step. */
  readonly lr: number;
  /** Seconds a step took, averaged since the line before. */
  readonly secondsPerStep: number;
  /** Seconds of those in which the device waited for images. */
  readonly dataWait: number;
  /** Samples. */
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
  /** Device memory, the most so far. */
  readonly peakBytes: number;
  /** Of the whole training. */
  readonly totalSteps: number;
}

/** A line of metrics.jsonl: what was measured after a step, by name. */
export interface MetricsEntry extends Metrics {
  readonly step: number;
  readonly epoch: number;
}

/** A model's metric on held-out images, the newest value and the lowest so far. */
export interface HeldOutProgress {
  /** What was measured, such as `swd`. */
  readonly metric: string;
  readonly value: number;
  readonly best: number;
  readonly bestStep: number;
}

/** The progress after a measurement; of equal values the earlier step is the best. */
export function heldOutAfter(
  before: HeldOutProgress | undefined,
  metric: string,
  { step, value }: { readonly step: number; readonly value: number },
): HeldOutProgress {
  const best = before && before.best <= value ? { best: before.best, bestStep: before.bestStep } : { best: value, bestStep: step };
  return { metric, value, ...best };
}

/** The progress of a metric in a run's metrics.jsonl; undefined if nothing was measured. */
export function readHeldOutProgress(path: string, metric: string | undefined): HeldOutProgress | undefined {
  if (metric === undefined) return undefined;
  let heldOut: HeldOutProgress | undefined;
  for (const { step, [metric]: value } of readLines(path)) {
    if (typeof step === "number" && typeof value === "number") heldOut = heldOutAfter(heldOut, metric, { step, value });
  }
  return heldOut;
}

/** Lines of log.jsonl and metrics.jsonl, and the progress on held-out images. */
import { readLines } from "../io/json-lines.js";
import { isBetter, type Better } from "../optim/better.js";
import type { Losses, Metrics } from "../models/model.js";

/** A line of log.jsonl: the position in the training, its pace, and its losses by name. */
export interface LogEntry extends Losses {
  readonly step: number;
  readonly epoch: number;
  /** Learning rate of this step. */
  readonly lr: number;
  /** Seconds per step, averaged since the previous line. */
  readonly secondsPerStep: number;
  /** Seconds per step in which the device waited for images. */
  readonly dataWait: number;
  /** Samples. */
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
  /** The most device memory used so far, in bytes. */
  readonly peakBytes: number;
  /** Steps in the whole training. */
  readonly totalSteps: number;
}

/** A line of metrics.jsonl: the measurements after a step, by name. */
export interface MetricsEntry extends Metrics {
  readonly step: number;
  readonly epoch: number;
}

/** A model's metric on held-out images: the newest value and the best so far. */
export interface HeldOutProgress {
  /** The name of the metric, such as `swd`. */
  readonly metric: string;
  readonly value: number;
  readonly best: number;
  readonly bestStep: number;
}

/** The progress after a measurement. Of equal values, the earlier one is the best. */
export function heldOutAfter(
  before: HeldOutProgress | undefined,
  metric: string,
  { step, value }: { readonly step: number; readonly value: number },
  better: Better = "lower",
): HeldOutProgress {
  const best = before && !isBetter(value, before.best, better) ? { best: before.best, bestStep: before.bestStep } : { best: value, bestStep: step };
  return { metric, value, ...best };
}

/** The progress of a metric in a run's metrics.jsonl; undefined if nothing was measured. */
export function readHeldOutProgress(path: string, metric: string | undefined, better?: Better): HeldOutProgress | undefined {
  if (metric === undefined) return undefined;
  let heldOut: HeldOutProgress | undefined;
  for (const { step, [metric]: value } of readLines(path)) {
    if (typeof step === "number" && typeof value === "number") heldOut = heldOutAfter(heldOut, metric, { step, value }, better);
  }
  return heldOut;
}

/** The progress of a training, and how a terminal shows it. */
import { formatDuration, formatNumber } from "../format.js";
import type { Losses } from "../models/model.js";
import type { HeldOutProgress } from "../run/log.js";

/** The progress after a step. */
export interface TrainProgress {
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  readonly lastEpoch: number;
  /** The rate over the last half minute; undefined at first. */
  readonly stepsPerSecond: number | undefined;
  /** Undefined at first. */
  readonly secondsLeft: number | undefined;
  /** The losses of the newest logged step, in the order of the log. */
  readonly losses: Losses | undefined;
  /** The newest measurement on held-out images; undefined before the first. */
  readonly heldOut?: HeldOutProgress | undefined;
}

/** Two lines for a terminal: the progress, and the newest losses and measurement. */
export function formatProgress(progress: TrainProgress): string {
  const { step, totalSteps, epoch, lastEpoch, stepsPerSecond, secondsLeft, losses, heldOut } = progress;
  const parts = [`epoch ${epoch}/${lastEpoch}`, `step ${step}/${totalSteps}`];
  if (stepsPerSecond !== undefined) parts.push(`${formatNumber(stepsPerSecond)} steps/s`);
  if (secondsLeft !== undefined) parts.push(`${formatDuration(secondsLeft)} left`);
  const values = Object.entries(losses ?? {}).map(([name, loss]) => `${name} ${loss.toFixed(3)}`);
  if (heldOut) values.push(formatHeldOut(heldOut));
  return values.length > 0 ? `${parts.join("  ")}\n${values.join("  ")}` : parts.join("  ");
}

/** `swd 81.3 (best 70.0, step 20)` */
export function formatHeldOut({ metric, value, best, bestStep }: HeldOutProgress): string {
  return `${metric} ${formatMetric(value)} (best ${formatMetric(best)}, step ${bestStep})`;
}

/** One decimal, or three digits below 10. */
function formatMetric(value: number): string {
  return Math.abs(value) < 10 ? formatNumber(value) : value.toFixed(1);
}

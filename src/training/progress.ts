import { lossNames } from "../models/cyclegan/options.js";
import type { Losses } from "../models/cyclegan/options.js";
import { formatDuration } from "./rate.js";

/** Where a training stands after a step. */
export interface TrainProgress {
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  readonly totalEpochs: number;
  /** Over the last half minute; undefined at first. */
  readonly stepsPerSecond: number | undefined;
  /** Undefined at first. */
  readonly secondsLeft: number | undefined;
  /** Of the newest logged step. */
  readonly losses: Losses | undefined;
  /** Of the newest measurement on held-out images; undefined before the first. */
  readonly heldOut?: HeldOutProgress | undefined;
}

/** Sliced Wasserstein distance × 10³ on held-out images, the newest and the lowest yet. */
export interface HeldOutProgress {
  readonly swd: number;
  readonly best: number;
  readonly bestStep: number;
}

/** Two lines for a terminal: where the training stands, and what was logged and measured last. */
export function formatProgress(progress: TrainProgress): string {
  const { step, totalSteps, epoch, totalEpochs, stepsPerSecond, secondsLeft, losses, heldOut } = progress;
  const parts = [`epoch ${epoch}/${totalEpochs}`, `step ${step}/${totalSteps}`];
  if (stepsPerSecond !== undefined) parts.push(`${formatSpeed(stepsPerSecond)} steps/s`);
  if (secondsLeft !== undefined) parts.push(`${formatDuration(secondsLeft)} left`);
  const values = losses ? lossNames.map((name) => `${name} ${losses[name].toFixed(3)}`) : [];
  if (heldOut) values.push(formatHeldOut(heldOut));
  return values.length > 0 ? `${parts.join("  ")}\n${values.join("  ")}` : parts.join("  ");
}

/** `swd 81.3 (best 70.0, step 20)` */
export function formatHeldOut({ swd, best, bestStep }: HeldOutProgress): string {
  return `swd ${swd.toFixed(1)} (best ${best.toFixed(1)}, step ${bestStep})`;
}

/** Three digits, as far as they go: `0.0123`, `1.23`, `123`. */
export function formatSpeed(perSecond: number): string {
  return perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toPrecision(3);
}

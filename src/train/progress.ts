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
}

/** Two lines for a terminal: where the training stands, and the losses of the newest logged step. */
export function formatProgress(progress: TrainProgress): string {
  const { step, totalSteps, epoch, totalEpochs, stepsPerSecond, secondsLeft, losses } = progress;
  const parts = [`epoch ${epoch}/${totalEpochs}`, `step ${step}/${totalSteps}`];
  if (stepsPerSecond !== undefined) parts.push(`${formatSpeed(stepsPerSecond)} steps/s`);
  if (secondsLeft !== undefined) parts.push(`${formatDuration(secondsLeft)} left`);
  const values = losses ? lossNames.map((name) => `${name} ${losses[name].toFixed(3)}`) : [];
  return values.length > 0 ? `${parts.join("  ")}\n${values.join("  ")}` : parts.join("  ");
}

/** Three digits, as far as they go: `0.0123`, `1.23`, `123`. */
export function formatSpeed(perSecond: number): string {
  return perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toPrecision(3);
}

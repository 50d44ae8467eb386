import { CycleGANError } from "../errors.js";
import { lossNames } from "../models/cyclegan/options.js";
import type { Losses } from "../models/cyclegan/options.js";

/** A line of log.jsonl. */
export interface LogEntry extends Losses {
  readonly step: number;
  readonly epoch: number;
  /** Learning rate of this step. */
  readonly lr: number;
  /** Seconds a step took, averaged since the line before. */
  readonly secondsPerStep: number;
  /** Seconds of those in which the device had to wait for images. */
  readonly dataWait: number;
  /** Images of each domain. */
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
  /** Device memory, the most so far. */
  readonly peakBytes: number;
  /** Of the whole training. */
  readonly totalSteps: number;
}

/** Throws when a loss is no number any more: such weights are past saving, and must not replace the last good ones. */
export function checkLosses(losses: Losses, step: number): void {
  const broken = lossNames.find((name) => !Number.isFinite(losses[name]));
  if (broken === undefined) return;
  throw new CycleGANError(
    `step ${step}: expected finite losses, got ${broken} = ${losses[broken]}. ` +
      "The weights saved before are kept. Train again with a lower --lr, or look for damaged images.",
  );
}

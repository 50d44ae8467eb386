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

/** What whoever trains is told meanwhile and at the end. */
import type { Losses } from "../models/model.js";
import type { HeldOutProgress } from "../run/log.js";
import type { TrainProgress } from "./progress.js";

export interface TrainHooks {
  /**
   * Whether to continue the run of that name from its newest checkpoint, instead of making it; the settings are then all of
   * the run's own, which `resumedConfig` reads.
   */
  readonly resume?: boolean;
  /** After every step. */
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Warnings, a line each. */
  readonly onMessage?: (text: string) => void;
  /** Takes a timeline of the third step, in the format of `trace`. */
  readonly onTrace?: (timeline: string) => void;
  /** Ends the training after the step at hand; its weights are saved. */
  readonly signal?: AbortSignal;
}

export interface TrainResult {
  /** Folder of the run. */
  readonly run: string;
  /** Its page, index.html. */
  readonly report: string;
  readonly steps: number;
  readonly seconds: number;
  /** Of the last step. */
  readonly losses: Losses;
  /** What held-out images said last; undefined if nothing was measured. */
  readonly heldOut: HeldOutProgress | undefined;
  /** Whether the signal ended it early. */
  readonly interrupted: boolean;
}

/** What a caller of `train` learns during the training and at its end. */
import type { Ranks } from "../distributed/process-group.js";
import type { Losses } from "../models/model.js";
import type { HeldOutProgress, LogEntry, MetricsEntry } from "../run/log.js";
import type { TrainProgress } from "./progress.js";

export interface TrainHooks {
  /**
   * Whether to continue the run of that name from its newest checkpoint instead of creating it. The settings must then be those
   * of the run, which `resumedConfig` reads.
   */
  readonly resume?: boolean;
  /** With `resume`: whether to continue if images were added, removed or changed since; see `offsetOf`. Default false. */
  readonly allowChangedData?: boolean;
  /** The other ranks of a training by several processes, of which this one is rank 0. */
  readonly group?: Ranks | undefined;
  /** Called after every step. */
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Receives each line of log.jsonl. */
  readonly onLog?: (entry: LogEntry) => void;
  /** Receives each line of metrics.jsonl: measurements on held-out images. */
  readonly onMeasured?: (entry: MetricsEntry) => void;
  /** Receives messages, one line each. */
  readonly onMessage?: (text: string) => void;
  /** Receives a timeline of the third step, in the format of `trace`. */
  readonly onTrace?: (timeline: string) => void;
  /** Ends the training after the current step and saves the weights. */
  readonly signal?: AbortSignal;
}

export interface TrainResult {
  /** Folder of the run. */
  readonly run: string;
  /** Its page, index.html. */
  readonly report: string;
  readonly steps: number;
  readonly seconds: number;
  /** Losses of the last step. */
  readonly losses: Losses;
  /** The last measurement on held-out images; undefined if nothing was measured. */
  readonly heldOut: HeldOutProgress | undefined;
  /** Whether the signal ended it early. */
  readonly interrupted: boolean;
}

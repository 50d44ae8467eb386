import { CheckpointError } from "../errors.js";
import { openJsonLines } from "../io/json-lines.js";

/** A line of events.jsonl. */
export interface RunEvent {
  readonly step: number;
  readonly kind: "warning" | "restored" | "resumed" | "skipped";
  readonly message: string;
}

/** Adds a line to events.jsonl. No training ends for an event: where the disk takes nothing, it is lost. */
export function appendEvent(path: string, event: RunEvent): void {
  try {
    openJsonLines(path).append(event);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
  }
}

/** events.jsonl: warnings, resumptions and rollbacks of a run. */
import { CheckpointError } from "../errors.js";
import { openJsonLines } from "../io/json-lines.js";

/** A line of events.jsonl. */
export interface RunEvent {
  readonly step: number;
  readonly kind: "warning" | "restored" | "resumed" | "skipped";
  readonly message: string;
}

/** Adds a line to events.jsonl. An event never ends a training: if it cannot be written, it is lost. */
export function appendEvent(path: string, event: RunEvent): void {
  try {
    openJsonLines(path).append(event);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
  }
}

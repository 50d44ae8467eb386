import { constants } from "node:os";

/** The exit status of a process that ended so, as in shells. */
export function exitStatus(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

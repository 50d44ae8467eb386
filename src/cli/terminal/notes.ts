/** What a command tells its user about the command line. */
import { env } from "../../env.js";
import { printable } from "./printable.js";

/** Prints notes, a line each, once: a command that is started again in the environment of its adapter has printed them before. */
export function printNotes(notes: readonly string[]): void {
  if (env.isRepeated) return;
  for (const note of notes) process.stderr.write(`${printable(note)}\n`);
}

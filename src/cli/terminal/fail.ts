/** How the command reports an error. */
import { CommanderError } from "commander";
import { env } from "../../env.js";
import { UsageError } from "../../errors.js";
import { printable } from "./printable.js";

/** Prints an error on one line, with DEBUG also its stack, and returns the exit code: 2 for a UsageError, else 1. */
export function fail(error: unknown): number {
  // Commander has printed its own message. Help and version are errors with exit code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`cyclegan: ${printable(message.replaceAll(/\s*\n\s*/g, " "))}\n`);
  if (env.debug > 0 && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
  return error instanceof UsageError ? 2 : 1;
}

import { CommanderError } from "commander";
import { env } from "../env.js";
import { UsageError } from "../errors.js";
import { printable } from "./printable.js";

/** Prints one line about an error, its stack too with DEBUG, and returns the exit code it deserves. */
export function fail(error: unknown): number {
  // Commander has printed its own line; help and version end with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`cyclegan: ${printable(message.replaceAll(/\s*\n\s*/g, " "))}\n`);
  if (env.debug > 0 && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
  return error instanceof UsageError ? 2 : 1;
}

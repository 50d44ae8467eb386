import { Option } from "commander";
import type { Command } from "commander";
import { UsageError } from "../errors.js";
import { defaultPort } from "../report/serve/listen.js";

/** Where a page is served. */
export interface ServeValues {
  readonly host: string;
  readonly port?: number;
}

function portOf(given: string): number {
  const port = given.trim() === "" ? NaN : Number(given);
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new UsageError(`--port: expected a whole number between 0 and 65535, got ${JSON.stringify(given)}.`);
}

/** Gives a command `--host` and `--port`. */
export function addServeOptions(command: Command, heading: string): Command {
  const host = new Option("--host <address>", "address to serve the page on; 0.0.0.0 shows it to the network");
  const port = new Option("--port <n>", `port of the page; 0: any (default: ${defaultPort}, or the next that is free)`);
  return command
    .addOption(host.default("127.0.0.1").helpGroup(heading))
    .addOption(port.argParser(portOf).helpGroup(heading));
}

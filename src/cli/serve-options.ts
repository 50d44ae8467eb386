import { Option } from "commander";
import type { Command } from "commander";
import { defaultPort } from "../report/serve/listen.js";
import { wholeOption } from "./number-option.js";

/** Where a page is served. */
export interface ServeValues {
  readonly host: string;
  readonly port?: number;
}

/** Gives a command `--host` and `--port`. */
export function addServeOptions(command: Command, heading: string): Command {
  const host = new Option("--host <address>", "address to serve the page on; 0.0.0.0 shows it to the network");
  const port = new Option("--port <n>", `port of the page; 0: any (default: ${defaultPort}, or the next that is free)`);
  return command
    .addOption(host.default("127.0.0.1").helpGroup(heading))
    .addOption(port.argParser(wholeOption("--port", 0, 65535)).helpGroup(heading));
}

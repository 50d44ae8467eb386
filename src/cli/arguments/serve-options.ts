/** `--host` and `--port` of commands that serve a page. */
import { Option } from "commander";
import type { Command } from "commander";
import { defaultPort } from "../../report/serve/listen.js";
import { wholeOption } from "./number-option.js";

/** The values of these options. */
export interface ServeValues {
  readonly host: string;
  readonly port?: number;
}

/** Adds these options to a command. */
export function addServeOptions(command: Command, heading: string): Command {
  const host = new Option("--host <address>", "address to serve the page on; 0.0.0.0: to the whole network");
  const port = new Option("--port <n>", `port of the page; 0: any free one (default: ${defaultPort}, or the next free one)`);
  return command
    .addOption(host.default("127.0.0.1").helpGroup(heading))
    .addOption(port.argParser(wholeOption("--port", 0, 65535)).helpGroup(heading));
}

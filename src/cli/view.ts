/** `cyclegan view`. */
import { existsSync, statSync } from "node:fs";
import { Command, Option } from "commander";
import { env } from "../env.js";
import { presentationOf } from "../report/presentation.js";
import { listRuns } from "../report/runs-page.js";
import type { ServeAddress } from "../report/serve/http-server.js";
import { servePage, type PageServer } from "../report/serve/page-server.js";
import { serveRuns } from "../report/serve/runs-server.js";
import { readRunConfig, runFolder } from "../run/folder.js";
import { modelOf } from "../run/options.js";
import { interruptible } from "./terminal/interrupt.js";
import { addServeOptions } from "./arguments/serve-options.js";
import type { ServeValues } from "./arguments/serve-options.js";

const examples = `
Examples:
  cyclegan view runs/zebra                       the page of a run; it follows a training in progress
  cyclegan view runs                             all runs side by side
  cyclegan view runs/zebra --host 0.0.0.0        also for other devices in the network; anyone who reaches it can look
  ssh -L 8097:localhost:8097 server              then http://localhost:8097 shows a page that is served on that machine

Ctrl-C stops it. runs/<name>/index.html shows the same without a server, up to the newest sample.`;

export function viewCommand(): Command {
  const command = new Command("view")
    .description("serve the page of a run: curves, samples, held-out distance, events; or all runs of a folder side by side")
    .argument("<run>", "folder of a run, such as runs/zebra, or of several, such as runs");
  const open = new Option("--open <when>", "open the page in a browser; auto: if there is a desktop");
  addServeOptions(command, "Options:")
    .addOption(open.choices(["auto", "yes", "no"]).default("auto"))
    .addHelpText("after", examples);
  return command.action((run: string) => runView(run, command.opts<Values>()));
}

interface Values extends ServeValues {
  readonly open: "auto" | "yes" | "no";
}

/** Serves a run, or the runs of a folder. Throws a CheckpointError for a path that is neither. */
async function serve(path: string, address: ServeAddress): Promise<Pick<PageServer, "url" | "close">> {
  const isRun = existsSync(runFolder(path).config) || !statSync(path, { throwIfNoEntry: false })?.isDirectory();
  if (!isRun && listRuns(path).length > 0) return serveRuns(path, address);
  const config = readRunConfig(path);
  return servePage({ run: path, presentation: presentationOf(modelOf(config), config), ...address });
}

async function runView(run: string, { host, port, open: when }: Values): Promise<void> {
  const server = await serve(run, { host, port });
  process.stdout.write(`${server.url}\n`);
  process.stderr.write(`Serving ${run}. Ctrl-C stops it.\n`);
  if (when === "yes" || (when === "auto" && process.stdout.isTTY && env.desktop)) {
    const { default: openBrowser } = await import("open");
    await openBrowser(server.url).catch(() => process.stderr.write("No browser could be opened.\n"));
  }
  const interrupted = (signal: AbortSignal): Promise<void> =>
    new Promise((done) => {
      signal.addEventListener("abort", () => done());
    });
  await interruptible(interrupted, () => {});
  await server.close();
}

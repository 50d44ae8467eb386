/** `cyclegan view`. */
import { existsSync, statSync } from "node:fs";
import { Command } from "commander";
import { presentationOf } from "../report/presentation.js";
import { listRuns } from "../report/runs-page.js";
import type { ServeAddress } from "../report/serve/http-server.js";
import { servePage, type PageServer } from "../report/serve/page-server.js";
import { serveRuns } from "../report/serve/runs-server.js";
import { readRunConfig, runFolder } from "../run/folder.js";
import { modelOf } from "../run/options.js";
import { addServeOptions } from "./arguments/serve-options.js";
import { openOption, showServer, type ShowValues } from "./show-server.js";

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
  addServeOptions(command, "Options:").addOption(openOption()).addHelpText("after", examples);
  return command.action((run: string) => runView(run, command.opts<ShowValues>()));
}

/** Serves a run, or the runs of a folder. Throws a CheckpointError for a path that is neither. */
async function serve(path: string, address: ServeAddress): Promise<Pick<PageServer, "url" | "close">> {
  const isRun = existsSync(runFolder(path).config) || !statSync(path, { throwIfNoEntry: false })?.isDirectory();
  if (!isRun && listRuns(path).length > 0) return serveRuns(path, address);
  const config = readRunConfig(path);
  return servePage({ run: path, presentation: presentationOf(modelOf(config), config), ...address });
}

async function runView(run: string, { host, port, open }: ShowValues): Promise<void> {
  await showServer(await serve(run, { host, port }), run, open);
}

/** `cyclegan view`. */
import { Command, Option } from "commander";
import { env } from "../env.js";
import { presentationOf } from "../report/presentation.js";
import { servePage } from "../report/serve/page-server.js";
import { readRunConfig } from "../run/folder.js";
import { modelOf } from "../run/options.js";
import { interruptible } from "./terminal/interrupt.js";
import { addServeOptions } from "./arguments/serve-options.js";
import type { ServeValues } from "./arguments/serve-options.js";

const examples = `
Examples:
  cyclegan view runs/zebra                       the page of a run; it follows a training in progress
  cyclegan view runs/zebra --host 0.0.0.0        also for other devices in the network; anyone who reaches it can look
  ssh -L 8097:localhost:8097 server              then http://localhost:8097 shows a page that is served on that machine

Ctrl-C stops it. runs/<name>/index.html shows the same without a server, up to the newest sample.`;

export function viewCommand(): Command {
  const command = new Command("view")
    .description("serve the page of a run: curves, samples, held-out distance, events")
    .argument("<run>", "folder of a run, such as runs/zebra");
  const open = new Option("--open <when>", "open the page in a browser; auto: if there is a desktop");
  addServeOptions(command, "Options:")
    .addOption(open.choices(["auto", "yes", "no"]).default("auto"))
    .addHelpText("after", examples);
  return command.action((run: string) => runView(run, command.opts<Values>()));
}

interface Values extends ServeValues {
  readonly open: "auto" | "yes" | "no";
}

async function runView(run: string, { host, port, open: when }: Values): Promise<void> {
  const config = readRunConfig(run);
  const server = await servePage({ run, presentation: presentationOf(modelOf(config), config), host, port });
  process.stdout.write(`${server.url}\n`);
  process.stderr.write(`Serving the page of ${run}. Ctrl-C stops it.\n`);
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

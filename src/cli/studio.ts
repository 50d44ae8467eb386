/** `cyclegan studio`. */
import { Command } from "commander";
import { serveStudio } from "../report/serve/studio-server.js";
import { addServeOptions } from "./arguments/serve-options.js";
import { openOption, showServer, type ShowValues } from "./show-server.js";

const examples = `
Examples:
  cyclegan studio                       the studio, for browsers on this machine
  cyclegan studio --port 9000           at a port of your own
  ssh -L 8097:localhost:8097 server     then http://localhost:8097 shows a studio that is served on that machine

The page computes in the browser, on the GPU of the machine that shows it. Images and weights do not leave that browser.
Browsers offer WebGPU and the camera only to pages from this machine or over https. For a phone, "npm run site" in a
checkout writes the same pages as files that any https server can host.`;

export function studioCommand(): Command {
  const command = new Command("studio").description("serve the studio: a page that translates pictures in the browser, with no upload");
  addServeOptions(command, "Options:").addOption(openOption()).addHelpText("after", examples);
  return command.action(() => runStudio(command.opts<ShowValues>()));
}

async function runStudio({ host, port, open }: ShowValues): Promise<void> {
  await showServer(await serveStudio({ host, port }), "the studio", open);
}

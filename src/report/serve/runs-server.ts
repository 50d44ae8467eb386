/** Serves the pages of the runs in a folder, and a page that shows them side by side. */
import { join } from "node:path";
import { readRunConfig } from "../../run/folder.js";
import { modelOf } from "../../run/options.js";
import { presentationOf } from "../presentation.js";
import { openRunReader } from "../run-reader.js";
import { listRuns, runsPage } from "../runs-page.js";
import { answer, answerText, splitTarget, type Served } from "./answer.js";
import { startServer, stopServer, type ServeAddress } from "./http-server.js";
import type { PageServer } from "./page-server.js";

/**
 * Serves the pages of all runs in a folder, each under its name, and a page that shows them side by side. Throws a CycleGANError
 * if it cannot listen.
 */
export async function serveRuns(runs: string, address: ServeAddress): Promise<Pick<PageServer, "url" | "close">> {
  const served = new Map<string, Served>();
  const runNamed = (name: string): Served | undefined => {
    const folder = join(runs, name);
    if (!listRuns(runs).includes(name)) return undefined;
    const config = readRunConfig(folder);
    const presentation = presentationOf(modelOf(config), config);
    const run = { folder, reader: openRunReader(folder, presentation.charts) };
    return served.get(name) ?? served.set(name, { name, presentation, run, ended: false }).get(name);
  };
  const { server, url } = await startServer(address, async (request, response) => {
    const [path, query] = splitTarget(request.url);
    if (path === "/") return answerText(response, 200, "text/html", await runsPage(runs));
    const [, name = "", rest] = /^\/([^/]+)(\/.*)?$/.exec(path) ?? [];
    const run = runNamed(decoded(name));
    if (!run) return answerText(response, 404, "text/plain", "No such run.\n");
    // Links of a run's page are relative to its folder.
    if (rest === undefined) return void response.writeHead(308, { Location: `/${name}/` }).end();
    return answer(request, response, run, query === "" ? rest : `${rest}?${query}`);
  });
  return { url, close: () => stopServer(server) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

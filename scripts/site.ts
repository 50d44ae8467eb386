/** Writes the studio into site, a folder that any server can host as it is: `npm run site`. With `--serve` it also serves it. */
import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serveStudio, studioFolders } from "../src/report/serve/studio-server.js";

const site = fileURLToPath(new URL("../site", import.meta.url));
rmSync(site, { recursive: true, force: true });
cpSync(studioFolders.pages, site, { recursive: true });
const generators = join(site, "generators");
if (existsSync(studioFolders.generators)) cpSync(studioFolders.generators, generators, { recursive: true });
console.log("site: the studio, for any https server");
if (process.argv.includes("--serve")) {
  const { url } = await serveStudio({ host: "127.0.0.1" }, { pages: site, generators });
  console.log(`${url}\nCtrl-C stops it.`);
}

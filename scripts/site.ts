/**
 * Writes the studio into site, a folder that any server can host as it is: `npm run site`. With `--serve` it also serves it.
 *
 * The site has what the package leaves out: the API reference, llms.txt and the documents' Markdown.
 */
import { copyFileSync, cpSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serveStudio, studioFolders } from "../src/report/serve/studio-server.js";
import { buildPeers, hasPeers } from "./build-peers.js";
import { apiDocuments } from "./documents/api.js";
import { listDocuments, root } from "./documents/document.js";
import { llmsText } from "./documents/llms.js";
import { copyPictures, writeDocuments } from "./documents/write.js";

const site = join(root, "site");
rmSync(site, { recursive: true, force: true });
cpSync(studioFolders.pages, site, { recursive: true });
const generators = join(site, "generators");
if (existsSync(studioFolders.generators)) cpSync(studioFolders.generators, generators, { recursive: true });
const documents = listDocuments();
const api = apiDocuments();
copyPictures(site, writeDocuments(site, [...documents, ...api]));
for (const { path } of documents) copyFileSync(join(root, path), join(site, path));
writeFileSync(join(site, "llms.txt"), llmsText(documents));
console.log(`site: the studio, ${documents.length} documents and ${api.length} pages of the API, for any https server`);
if (hasPeers) console.log(`The page Bench compares with ${(await buildPeers(site)).join(" and ")}.`);
else console.log('The page Bench has no other engines. "npm --prefix bench/peers ci" installs them.');
if (process.argv.includes("--serve")) {
  const { url } = await serveStudio({ host: "127.0.0.1" }, { pages: site, generators, pictures: site });
  console.log(`${url}\nCtrl-C stops it.`);
}

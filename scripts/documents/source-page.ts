/** The pages of files and folders that documents link to. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./document.js";
import { escapeHtml } from "./markdown.js";

const textOf = (path: string): string => readFileSync(join(root, path), "utf8").trimEnd();

/** A file, with an anchor for each line: `#L12`. */
function fileHtml(path: string): string {
  const lines = textOf(path).split("\n").map((line, index) => `<span id="L${index + 1}">${escapeHtml(line)}</span>`);
  return `<h1 id="source">${escapeHtml(path)}</h1>\n<pre class="source" tabindex="0"><code>${lines.join("\n")}\n</code></pre>\n`;
}

/** What an example has once it was installed or built. */
const installed = /(^|\/)(node_modules|dist|package-lock\.json)(\/|$)/;

/** All files of a folder, on one page. */
function folderHtml(path: string): string {
  const files = readdirSync(join(root, path), { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => !installed.test(file) && statSync(join(root, path, file)).isFile())
    .toSorted();
  const parts = files.map((file) => {
    const name = escapeHtml(file);
    return `<h2 id="${name}"><a href="#${name}">${name}</a></h2>\n<pre tabindex="0"><code>${escapeHtml(textOf(`${path}/${file}`))}\n</code></pre>\n`;
  });
  return `<h1 id="source">${escapeHtml(path)}</h1>\n${parts.join("")}`;
}

/** The content of the page of a file or a folder of the repository. */
export const sourceHtml = (path: string): string => (statSync(join(root, path)).isDirectory() ? folderHtml(path) : fileHtml(path));

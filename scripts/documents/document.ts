/** What the site has as documents: pages of Markdown, and files that they link to. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A page that is written in Markdown. */
export interface Document {
  /** Its path in the repository, or, in the API reference, `api/` and TypeDoc's path. */
  readonly path: string;
  /** Its name in the list of pages. */
  readonly name: string;
  /** What it covers, in one line of plain text. */
  readonly description: string;
  readonly text: string;
  /** Of a name of the API: what it is, such as "function". */
  readonly kind?: string;
}

const readmeRow = /^\| \[([^\]]+)\]\(([^)]+\.md)\) \| (.+) \|$/gm;

const readText = (path: string): string => readFileSync(join(root, path), "utf8");

/** README.md, and the pages of the table in it, which has a line about each. */
export function listDocuments(): readonly Document[] {
  const readme = readText("README.md");
  const rows = [...readme.matchAll(readmeRow)].map(([, name = "", path = "", description = ""]) => ({
    path,
    name,
    description: description.replaceAll("`", ""),
    text: readText(path),
  }));
  return [{ path: "README.md", name: "Start", description: "what it is, the first commands, measurements and limits", text: readme }, ...rows];
}

const pictures = /\.(png|webp|svg)$/;

/** Whether the site shows a file as it is. */
export const isPicture = (path: string): boolean => pictures.test(path);

/**
 * Where the site has a file or folder of the repository, relative to its root: documents in `docs`, pictures where they are in the
 * repository, and pages of all other files in `docs/source`.
 */
export function addressOf(path: string): string {
  if (path === "README.md") return "docs/index.html";
  if (/^[A-Z]+\.md$/.test(path)) return `docs/${path.toLowerCase().replace(/md$/, "html")}`;
  if (path.startsWith("api/")) return `docs/${path.replace(/README\.md$/, "index.md").replace(/md$/, "html")}`;
  if (/^docs\/[\w-]+\.md$/.test(path)) return path.replace(/md$/, "html");
  if (isPicture(path)) return path;
  return `docs/source/${path}.html`;
}

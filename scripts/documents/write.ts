/** Writes the documents as pages of the site. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { addressOf, root, type Document } from "./document.js";
import { documentHtml } from "./frame.js";
import { hrefTo, linkPages, type Page } from "./links.js";
import { sectionsOf } from "./markdown.js";
import { searchEntries } from "./search-entries.js";

function htmlOf(page: Page, documents: readonly Document[]): string {
  const { path, document, html } = page;
  // The list has no line for each name of the API.
  const shown = document?.kind ? "api/README.md" : path;
  const listed = documents.filter(({ kind }) => !kind);
  return documentHtml({
    title: document?.name ?? path,
    description: document?.description ?? path,
    base: "../".repeat(addressOf(path).split("/").length - 1),
    html,
    sections: document?.kind ? [] : sectionsOf(html),
    list: listed.map((one) => ({ name: one.name, href: hrefTo(path, one.path), isCurrent: one.path === shown })),
  });
}

/** Writes pages and the index of the search into the folder of a site, and returns the pictures that the pages show. Throws if a link is dead. */
export function writeDocuments(target: string, documents: readonly Document[]): readonly string[] {
  const { pages, pictures, deadLinks } = linkPages(documents);
  if (deadLinks.length > 0) throw new Error(deadLinks.join("\n"));
  for (const page of pages) {
    const file = join(target, addressOf(page.path));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, htmlOf(page, documents));
  }
  writeFileSync(join(target, "docs/search.json"), JSON.stringify(searchEntries(pages)));
  return pictures;
}

/** Copies pictures to their places in the folder of a site. */
export function copyPictures(target: string, pictures: readonly string[]): void {
  for (const path of pictures) cpSync(join(root, path), join(target, addressOf(path)));
}

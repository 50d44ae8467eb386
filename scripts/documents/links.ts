/** Documents as linked pages: where each link leads, and which lead nowhere. */
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { addressOf, isPicture, root, type Document } from "./document.js";
import { anchorsOf, renderMarkdown } from "./markdown.js";
import { sourceHtml } from "./source-page.js";

/** A page of the site: its path in the repository, and its content in HTML. */
export interface Page {
  readonly path: string;
  readonly document: Document | undefined;
  readonly html: string;
}

interface Link {
  readonly from: string;
  readonly href: string;
  readonly path: string;
  readonly anchor: string;
}

/** The way from one page to another file of the site. */
export function hrefTo(from: string, to: string, anchor = ""): string {
  const way = posix.relative(posix.dirname(addressOf(from)), addressOf(to));
  return anchor ? `${way}#${anchor}` : way;
}

/** Pages and pictures that are reachable from documents, with what is wrong with the links between them. */
export interface LinkedPages {
  readonly pages: readonly Page[];
  /** Paths in the repository. */
  readonly pictures: readonly string[];
  /** Sentences; empty if every link leads somewhere. */
  readonly deadLinks: readonly string[];
}

/** Renders documents, and the files and folders that they link to. */
export function linkPages(documents: readonly Document[]): LinkedPages {
  const known = new Set(documents.map(({ path }) => path));
  const sources = new Set<string>();
  const pictures = new Set<string>();
  const links: Link[] = [];
  const deadLinks: string[] = [];

  /** Where a link of a page leads; remembers what it needs. */
  function follow(from: string, href: string): string {
    if (/^[a-z]+:/.test(href)) return href;
    const [way = "", anchor = ""] = href.split("#");
    const path = way === "" ? from : posix.join(posix.dirname(from), way).replace(/\/$/, "");
    if (path.startsWith("..") || !(known.has(path) || existsSync(join(root, path)))) {
      deadLinks.push(`${from} links to ${href}, which is not there.`);
      return href;
    }
    if (isPicture(path)) pictures.add(path);
    else if (!known.has(path)) sources.add(path);
    if (anchor) links.push({ from, href, path, anchor });
    return hrefTo(from, path, anchor);
  }

  const pages: Page[] = documents.map((document) => {
    return { path: document.path, document, html: renderMarkdown(document.text, (href) => follow(document.path, href)) };
  });
  pages.push(...[...sources].map((path) => ({ path, document: undefined, html: sourceHtml(path) })));
  const anchors = new Map(pages.map(({ path, html }) => [path, anchorsOf(html)]));
  for (const { from, href, path, anchor } of links) {
    if (!anchors.get(path)?.has(anchor)) deadLinks.push(`${from} links to ${href}, but ${path} has no such heading.`);
  }
  return { pages, pictures: [...pictures], deadLinks };
}

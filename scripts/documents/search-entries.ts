/** What the search in the documents finds. */
import type { SearchEntry } from "../../src/studio/search/search-index.js";
import { addressOf } from "./document.js";
import type { Page } from "./links.js";
import { sectionsOf, type Section } from "./markdown.js";

/** What the search finds of a page: its sections; of a name of the API, itself and the members of a class. */
function entriesOf({ path, document, html }: Page): readonly SearchEntry[] {
  if (!document) return [];
  const { name, kind } = document;
  const entry = ({ depth, anchor, text }: Section, title: string, page: string): SearchEntry => {
    const address = addressOf(path);
    return { address: depth === 1 ? address : `${address}#${anchor}`, title, page, text };
  };
  if (!kind) return sectionsOf(html).map((section) => entry(section, section.heading, name));
  // Signatures have little that is worth finding.
  const [first, ...others] = sectionsOf(html.replaceAll(/<pre[^]*?<\/pre>/g, ""));
  const members = kind === "class" ? others.filter(({ depth, heading }) => depth === 3 && heading !== "Constructor") : [];
  return [
    ...(first ? [entry(first, name, `API: ${kind}`)] : []),
    ...members.map((member) => entry(member, `${name}.${member.heading}`, "API: member")),
  ];
}

/** The entries of the search in pages. */
export const searchEntries = (pages: readonly Page[]): readonly SearchEntry[] => pages.flatMap(entriesOf);

/** Full-text search in the documents. */
import MiniSearch from "minisearch";

/** A section of a document, or a name of the API. */
export interface SearchEntry {
  /** Its address, relative to the site's root. */
  readonly address: string;
  readonly title: string;
  /** The page it is on, or what kind of name it is. */
  readonly page: string;
  readonly text: string;
}

/** Returns the entries that have every word of a query, the best first. A word may be the beginning of one, or have a mistake. */
export type Search = (query: string, limit: number) => readonly SearchEntry[];

const words = /[\p{L}\p{N}]+/gu;
const parts = /\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+/gu;

/** The words of a text. A name such as `instanceNorm` counts as a whole and as its words. */
function tokenize(text: string): string[] {
  const whole = text.match(words) ?? [];
  const inner = whole.map((word) => word.match(parts) ?? []).filter(({ length }) => length > 1);
  return [...whole, ...inner.flat()];
}

/** Indexes entries. */
export function searchIn(entries: readonly SearchEntry[]): Search {
  const index = new MiniSearch<SearchEntry & { readonly id: number }>({
    fields: ["title", "page", "text"],
    tokenize,
    searchOptions: {
      boost: { title: 4, page: 2 },
      prefix: true,
      fuzzy: (term) => (term.length > 4 ? 0.2 : false),
      combineWith: "AND",
      // A name is looked for as it is written.
      tokenize: (query) => query.match(words) ?? [],
    },
  });
  index.addAll(entries.map((entry, id) => ({ ...entry, id })));
  return (query, limit) => index.search(query).slice(0, limit).flatMap(({ id }) => entries[Number(id)] ?? []);
}

/** The part of a text around the first of a query's words. */
export function excerpt(text: string, query: string, length = 140): string {
  const lower = text.toLowerCase();
  const places = (query.toLowerCase().match(words) ?? []).map((word) => lower.indexOf(word)).filter((place) => place >= 0);
  const first = Math.min(...places, text.length);
  const isNear = first < length / 2 || first === text.length;
  const start = isNear ? 0 : lower.lastIndexOf(" ", first - length / 4) + 1;
  return `${start > 0 ? "… " : ""}${text.slice(start, start + length)}${start + length < text.length ? " …" : ""}`;
}

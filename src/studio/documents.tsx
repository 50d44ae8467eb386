/** The search box of every document. The documents are static pages, which scripts/documents makes. */
import { render } from "preact";
import { SearchBox } from "./components/search-box.js";
import { searchIn, type Search, type SearchEntry } from "./search/search-index.js";

// Every script is in the site's root.
const base = new URL(".", import.meta.url).href;

async function loadIndex(): Promise<Search> {
  const response = await fetch(`${base}docs/search.json`);
  if (!response.ok) throw new Error(`docs/search.json: status ${response.status}`);
  const entries: readonly SearchEntry[] = await response.json();
  return searchIn(entries);
}

let loading: Promise<Search> | undefined;

/** Loads the index once; again after a failure. */
function load(): Promise<Search> {
  loading ??= loadIndex().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

const place = document.getElementById("search");
if (place) render(<SearchBox load={load} base={base} />, place);

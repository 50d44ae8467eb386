import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { excerpt, type Search, type SearchEntry } from "../search/search-index.js";

const limit = 12;
const hasKeyboard = matchMedia("(hover: hover)").matches;

interface Shown {
  readonly query: string;
  readonly found: readonly SearchEntry[];
}

interface Properties {
  /** Loads the index, when the box is used first. */
  readonly load: () => Promise<Search>;
  /** The address of the site's root. */
  readonly base: string;
}

/** The search in all documents: a combobox. "/" goes to it, arrows choose, Enter opens, Escape closes. */
export function SearchBox({ load, base }: Properties): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const [shown, setShown] = useState<Shown | undefined>();
  const [active, setActive] = useState(-1);
  const [problem, setProblem] = useState("");

  // Before the box is shown: who sees it may press "/" at once.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
      if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.select();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  useEffect(() => {
    if (active >= 0) document.getElementById(`found-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [active]);

  const close = (): void => {
    setShown(undefined);
    setActive(-1);
  };

  async function search(query: string): Promise<void> {
    try {
      const find = await load();
      setProblem("");
      // Another letter may have come while the index was loading.
      if (input.current?.value !== query) return;
      setActive(-1);
      setShown(query.trim() === "" ? undefined : { query, found: find(query, limit) });
    } catch {
      setProblem("The index cannot be loaded. Load the page again.");
    }
  }

  function onKeyDown(event: KeyboardEvent): void {
    const count = shown?.found.length ?? 0;
    if (event.key === "Escape") {
      close();
      if (input.current) input.current.value = "";
    } else if (event.key === "ArrowDown" && count > 0) setActive((active + 1) % count);
    else if (event.key === "ArrowUp" && count > 0) setActive(active <= 0 ? count - 1 : active - 1);
    else if (event.key === "Enter" && count > 0) {
      document.getElementById(`found-${Math.max(active, 0)}`)?.click();
      close();
    } else return;
    event.preventDefault();
  }

  const isOpen = (shown?.found.length ?? 0) > 0;
  const status = shown ? (isOpen ? `${shown.found.length === limit ? `The ${limit} best` : shown.found.length} found.` : `Nothing has all words of “${shown.query.trim()}”.`) : "";
  return (
    <div class="search" onFocusOut={(event) => event.currentTarget.contains(event.relatedTarget instanceof Node ? event.relatedTarget : null) || close()}>
      <input
        ref={input}
        type="text"
        role="combobox"
        enterkeyhint="search"
        placeholder={hasKeyboard ? "Search all documents, or press /" : "Search all documents"}
        aria-label="Search all documents"
        aria-expanded={isOpen}
        aria-controls="found"
        aria-autocomplete="list"
        aria-activedescendant={active >= 0 ? `found-${active}` : undefined}
        autocomplete="off"
        spellcheck={false}
        onFocus={() => void load().catch(() => {})}
        onInput={(event) => void search(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <ul id="found" role="listbox" aria-label="Found" hidden={!isOpen}>
        {shown?.found.map(({ address, title, page, text }, index) => (
          <li key={address} role="presentation">
            <a id={`found-${index}`} role="option" tabIndex={-1} aria-selected={index === active} href={`${base}${address}`} onClick={close}>
              <strong>{title}</strong> <small>{page}</small>
              <span>{excerpt(text, shown.query)}</span>
            </a>
          </li>
        ))}
      </ul>
      <p role="status" class={isOpen ? "unseen" : "muted"}>{problem || status}</p>
    </div>
  );
}

import type { JSX } from "preact";
import { headerPages } from "../pages.js";

interface Properties {
  /** The name of the current page. */
  readonly current: string;
  /** The way from the page to the site's root: empty, or `../` and so on. */
  readonly base?: string;
}

/** The header of every page: the pages of the studio, the current one marked. */
export function Header({ current, base = "" }: Properties): JSX.Element {
  return (
    <header class="top">
      <a class="brand" href={`${base}index.html`}>
        <img src={`${base}icon.svg`} alt="" width="28" height="28" /> CycleGAN studio
      </a>
      <nav aria-label="Pages">
        {headerPages.map(({ file, name }) => (
          <a key={file} href={`${base}${file}`} aria-current={name === current ? "page" : undefined}>
            {name}
          </a>
        ))}
      </nav>
    </header>
  );
}

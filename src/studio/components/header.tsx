import type { JSX } from "preact";
import { pages } from "../pages.js";

/** The header of every page: the pages of the studio, the current one marked. */
export function Header({ current }: { readonly current: string }): JSX.Element {
  return (
    <header class="top">
      <a class="brand" href="index.html">
        <img src="icon.svg" alt="" width="28" height="28" /> CycleGAN studio
      </a>
      <nav aria-label="Pages">
        {pages.map(({ file, name }) => (
          <a key={file} href={file} aria-current={name === current ? "page" : undefined}>
            {name}
          </a>
        ))}
      </nav>
    </header>
  );
}

/** Two images over each other, with a line between them that the pointer or the arrow keys move. */
import { escapeHtml } from "./escape.js";

/** `before` and `after`: links, encoded; of images of the same proportions. */
export function wipe(before: string, after: string): string {
  return `<div class="wipe"><img src="${before}" alt="before" loading="lazy"><img class="after" src="${after}" alt="after" loading="lazy">
<input type="range" min="0" max="100" value="50" step="any" aria-label="${escapeHtml("line between before and after")}"></div>`;
}

export const wipeStyle = `
.wipe { display: grid; position: relative; --line-at: 50%; }
.wipe > * { grid-area: 1 / 1; width: 100%; }
.wipe .after { clip-path: inset(0 0 0 var(--line-at)); }
.wipe::after { content: ""; position: absolute; inset: 0 auto 0 var(--line-at); width: 2px; background: #fff; box-shadow: 0 0 3px #000; pointer-events: none; }
.wipe::before { content: "↔"; position: absolute; left: var(--line-at); top: 50%; translate: -50% -50%; z-index: 1; display: grid; place-items: center;
  width: 1.9rem; height: 1.9rem; border-radius: 50%; background: #fff; color: #1c1e21; box-shadow: 0 0 4px #0006; pointer-events: none; }
.wipe input { height: 100%; margin: 0; opacity: 0; cursor: ew-resize; z-index: 1; }
.wipe input:focus-visible { opacity: .3; }
`;

/** Moves the lines of all wipes of a document. */
export const wipeScript = `addEventListener("input", ({ target }) => target.closest(".wipe")?.style.setProperty("--line-at", target.value + "%"));`;

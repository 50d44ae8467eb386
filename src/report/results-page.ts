/** A page with images beside their translations, for a folder of results. */
import { basename, dirname, relative, resolve, sep } from "node:path";
import { escapeHtml, escapePath } from "./escape.js";
import { htmlPage, sourceOf } from "./html.js";
import { pageMark } from "./own-page.js";
import { style } from "./style.js";
import { wipe, wipeScript, wipeStyle } from "./wipe.js";

/** The translations of one direction. */
export interface ResultSet {
  /** Names of the two domains, such as A and B. */
  readonly from: string;
  readonly to: string;
  readonly images: readonly { readonly from: string; readonly to: string }[];
}

/** The most images of a direction on the page: a browser takes long for more. */
const MOST = 1000;

function linkTo(page: string, path: string): string {
  return escapePath(relative(dirname(resolve(page)), resolve(path)).split(sep).join("/"));
}

/** Images that browsers do not show. */
const UNSHOWN = /\.(tiff?|npy)$/i;

function figure(page: string, path: string, alt: string): string {
  const link = linkTo(page, path);
  if (UNSHOWN.test(path)) return `<a href="${link}">${escapeHtml(basename(path))} (${escapeHtml(alt)}; browsers do not show such files)</a>`;
  return `<a href="${link}"><img src="${link}" alt="${escapeHtml(alt)}" loading="lazy"></a>`;
}

function comparison(page: string, { from, to }: ResultSet["images"][number]): string {
  if (UNSHOWN.test(from) || UNSHOWN.test(to)) return "";
  return `<details><summary>Compare</summary>${wipe(linkTo(page, from), linkTo(page, to))}</details>`;
}

function section(page: string, { from, to, images }: ResultSet): string {
  const cards = images.slice(0, MOST).map(
    (image) => `<figure class="card"><div class="pair">${figure(page, image.from, `real ${from}`)}${figure(page, image.to, `fake ${to}`)}</div>
<figcaption>${escapeHtml(image.from)}</figcaption>
${comparison(page, image)}</figure>`,
  );
  const note = images.length > MOST ? `<p class="muted">The first ${MOST} of ${images.length} images.</p>\n` : "";
  return `<h2>${escapeHtml(from)} → ${escapeHtml(to)}</h2>\n${note}<div class="results">${cards.join("\n")}</div>`;
}

/** The page as HTML. `page`: the path at which it will be written; links to images are relative to it. */
export function resultsPage(page: string, title: string, sets: readonly ResultSet[]): string {
  return htmlPage({
    title,
    head: `${pageMark}
<meta http-equiv="Content-Security-Policy" content="script-src ${sourceOf(wipeScript)}; object-src 'none'; base-uri 'none'">`,
    css: `${style}
.results { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 34rem), 1fr)); gap: .8rem; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .3rem; }
.pair img { width: 100%; }${wipeStyle}`,
    body: `<p class="muted">Each card: the image, and its translation. Click one to see it at its size.
"Compare" lays one over the other: move the line.</p>
${sets.map((set) => section(page, set)).join("\n")}
<script>${wipeScript}</script>`,
  });
}

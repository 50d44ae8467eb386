/** The page of a look into a network: for each layer, what its channels respond to. */
import { escapeHtml } from "./escape.js";
import { htmlPage } from "./html.js";
import { pageMark } from "./own-page.js";
import { lookStyle } from "./look-style.js";
import { style } from "./style.js";

/** A channel on the page. The images are files in WebP. */
export interface ShownChannel {
  readonly channel: number;
  readonly projections: Uint8Array;
  readonly patches: Uint8Array;
  /** The largest activation. */
  readonly activation: string;
  /** Names of the images, the strongest first. */
  readonly names: readonly string[];
}

export interface ShownLayer {
  readonly name: string;
  readonly what: string;
  readonly channels: number;
  /** Height and width of its receptive field in pixels. */
  readonly field: number;
  readonly shown: readonly ShownChannel[];
}

export interface LookPage {
  readonly title: string;
  /** The network in words. */
  readonly network: string;
  /** Sentences about how the pictures were made. */
  readonly notes: readonly string[];
  readonly layers: readonly ShownLayer[];
}

function picture(bytes: Uint8Array, alt: string): string {
  return `<img src="data:image/webp;base64,${Buffer.from(bytes).toString("base64")}" alt="${escapeHtml(alt)}">`;
}

function card({ channel, projections, patches, activation, names }: ShownChannel): string {
  const listed = escapeHtml(names.join(", "));
  return `<figure class="card"><div class="feature">${picture(projections, `projections of channel ${channel}`)}${picture(patches, `parts of ${names.join(", ")}`)}</div>
<figcaption title="${listed}">channel ${channel} · up to ${activation} · ${listed}</figcaption></figure>`;
}

function section({ name, what, channels, field, shown }: ShownLayer): string {
  const number = `${shown.length} of ${channels} ${channels === 1 ? "channel" : "channels"}`;
  return `<h2>${escapeHtml(name)} <small>${escapeHtml(what)}</small></h2>
<p class="muted">${number}. A value of this layer sees ${field}×${field} pixels.</p>
<div class="features">${shown.map(card).join("\n")}</div>`;
}

/** The page as HTML, with its images inside. */
export function lookPage({ title, network, notes, layers }: LookPage): string {
  return htmlPage({
    title,
    head: `${pageMark}
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'">`,
    css: `${style}${lookStyle}`,
    body: `<p>${escapeHtml(network)}</p>
${notes.map((note) => `<p class="muted">${escapeHtml(note)}</p>`).join("\n")}
${layers.map(section).join("\n")}`,
  });
}

import { clientScript, plotStyle } from "../generated/page-client.js";
import { escapeHtml, escapePath } from "./escape.js";
import { scriptJson, sourceOf } from "./html.js";
import { chartSection, eventSection, figureSection, sampleSection, standingSection } from "./live-sections.js";
import type { Settings } from "../models/model.js";
import type { RunData } from "./read-run.js";
import type { Presentation } from "./presentation.js";
import { style } from "./style.js";
import { improvement } from "./translations.js";
import type { TranslationSet } from "./translations.js";
import { wipeStyle } from "./wipe.js";

/** The style of all served pages. */
export const css = plotStyle + style + wipeStyle;

const ownScript = sourceOf(clientScript);

/** The policy of a served page: it may only use its own script and style, and load images and data from its own server. */
export const servedPolicy = [
  "default-src 'none'",
  `script-src ${ownScript}`,
  `style-src ${sourceOf(css)}`,
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The policy of a page on the disk, where 'self' has no meaning: no script but its own. */
const diskPolicy = `script-src ${ownScript}; object-src 'none'; base-uri 'none'; form-action 'none'`;

function improvements(sets: readonly TranslationSet[]): string {
  const cards = sets.flatMap(({ from, to, distances, rows }) => {
    if (!distances) return [];
    const gain = improvement(distances);
    return `<div class="card"><h3>${escapeHtml(from)} → ${escapeHtml(to)}</h3>
<strong>${Math.abs(gain * 100).toFixed(1)} % ${gain < 0 ? "farther" : "nearer"}</strong>
distance to the true image: ${distances.untranslated.toFixed(3)} before, ${distances.translated.toFixed(3)} after
<br><small>mean |a − b| in [−1, 1] over ${rows.length} held-out images</small></div>`;
  });
  return cards.length === 0 ? "" : `<div class="figures">${cards.join("\n")}</div>`;
}

function translationSection({ from, to, rows, note }: TranslationSet): string {
  const figure = (path: string, alt: string): string =>
    `<a href="${escapePath(path)}" target="_blank"><img src="${escapePath(path)}" alt="${escapeHtml(alt)}" title="${escapeHtml(alt)}" loading="lazy"></a>`;
  const cards = rows.map(
    ({ name, real, fake, truth }) => `<figure class="card"><div class="triple">
${figure(real, `real ${from}`)}${figure(fake, "translated")}${truth === undefined ? "" : figure(truth, `true ${to}`)}</div>
<figcaption>${escapeHtml(name)}</figcaption></figure>`,
  );
  const truths = rows.some(({ truth }) => truth !== undefined) ? `, its translation, and the true ${escapeHtml(to)}` : " and its translation";
  return `<h2>${escapeHtml(from)} → ${escapeHtml(to)}, held-out images</h2>
<p class="muted">Each card: real ${escapeHtml(from)}${truths}.${note === undefined ? "" : ` ${escapeHtml(note)}`}</p>
<div class="rows">${cards.join("\n")}</div>`;
}

function downloadSection(downloads: RunData["downloads"]): string {
  if (downloads.length === 0) return "";
  const links = downloads.map((path) => `<a href="${escapePath(path)}" download>${escapeHtml(path.split("/").at(-1) ?? path)}</a>`);
  return `<h2>Files</h2>\n<p class="downloads">${links.join("\n")}</p>`;
}

function settingText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function settingsSection(settings: RunData["settings"]): string {
  const items = Object.entries(settings).map(
    ([key, value]) => `<div><dt class="muted">${escapeHtml(key)}</dt><dd>${escapeHtml(settingText(value))}</dd></div>`,
  );
  return `<details class="settings"><summary>All settings</summary><dl>${items.join("\n")}</dl></details>`;
}

/** The model, its data and the size of its images, as in `CycleGAN · datasets/horse2zebra · 256×256`. */
export function summaryOf({ dataroot, a, b, cropSize, preprocess }: Settings, { title }: Presentation): string {
  const crops = typeof preprocess !== "string" || preprocess.endsWith("crop");
  const size = crops && typeof cropSize === "number" ? [`${cropSize}×${cropSize}`] : [];
  const folders = [dataroot, a, b].filter((folder): folder is string => typeof folder === "string" && folder !== "");
  return [title, ...(folders.length > 0 ? [folders.join(", ")] : []), ...size].join(" · ");
}

/**
 * The page of a run as one HTML document. Images are links relative to the run's folder; everything else is inside.
 *
 * `live`: the page is served, and requests new data.
 */
export function reportPage(run: RunData, presentation: Presentation, live = false): string {
  const { charts, metric, better } = presentation;
  const policy = live ? "" : `<meta http-equiv="Content-Security-Policy" content="${escapeHtml(diskPolicy)}">\n`;
  return `<!doctype html>
<html lang="en"${live ? " data-live" : ""}>
<head>
<meta charset="utf-8">
${policy}<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(run.name)} – ${escapeHtml(presentation.title)}</title>
<link rel="icon" href="data:,">
<style>${css}</style>
</head>
<body>
<header>
<h1>${escapeHtml(run.name)}</h1>
<p class="muted">${escapeHtml(summaryOf(run.settings, presentation))}</p>
${standingSection}
</header>
<noscript><p>Curves and samples need JavaScript. The images are in the run's folder samples.</p></noscript>
${sampleSection(presentation.rows)}
${figureSection}
${improvements(run.translations)}
${eventSection}
${run.translations.map(translationSection).join("\n")}
${chartSection}
${downloadSection(run.downloads)}
${settingsSection(run.settings)}
<script id="presentation" type="application/json">${scriptJson({ charts, ...(metric !== undefined && { metric }), ...(better !== undefined && { better }) })}</script>
<script id="run-data" type="application/json">${scriptJson(run.data)}</script>
<script>${clientScript}</script>
</body>
</html>
`;
}

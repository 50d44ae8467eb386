import { chartData, chartsFor } from "./charts.js";
import { escapeHtml, escapePath, scriptJson } from "./html.js";
import { pageScript } from "./page-script.js";
import { thinLog } from "./read-run.js";
import type { LogRow, RunData } from "./read-run.js";
import { style } from "./style.js";
import { improvement } from "./translations.js";
import type { TranslationSet } from "./translations.js";

const maxPoints = 1500;

/** Text of uPlot's script and style sheet, which the page carries along. */
export interface PlotAssets {
  readonly script: string;
  readonly style: string;
}

function subtitle(run: RunData): string {
  const last = run.log.at(-1);
  if (last === undefined) return "No step logged yet.";
  const seconds = last["secondsPerStep"];
  const speed = seconds === undefined || seconds === 0 ? [] : [`${(1 / seconds).toPrecision(3)} steps a second`];
  return [`step ${last["step"]}`, `epoch ${last["epoch"] ?? "?"}`, ...speed].join(" · ");
}

function figures(sets: readonly TranslationSet[]): string {
  if (sets.length === 0) return "";
  const cards = sets.map(({ from, to, distances, rows }) => {
    const gain = improvement(distances);
    return `<div class="card"><h3>${escapeHtml(from)} → ${escapeHtml(to)}</h3>
<strong>${Math.abs(gain * 100).toFixed(1)} % ${gain < 0 ? "farther" : "nearer"}</strong>
distance to the true image: ${distances.untranslated.toFixed(3)} before, ${distances.translated.toFixed(3)} after
<br><small>mean |a − b| in [−1, 1] over ${rows.length} held-out images</small></div>`;
  });
  return `<div class="figures">${cards.join("\n")}</div>`;
}

function chartSection(log: readonly LogRow[]): string {
  const charts = chartsFor(log);
  if (charts.length === 0) return "";
  const cards = charts.map(
    ({ title, note }) =>
      `<div class="card"><h3>${escapeHtml(title)} <small>${escapeHtml(note)}</small></h3>
<div class="plot"></div></div>`,
  );
  return `<h2>Losses</h2>
<p class="muted">The losses of generators and discriminators only say who is ahead; judge a run by its samples.</p>
<label class="control">Smoothing <input id="smoothing" type="range" min="0" max="0.98" step="0.02" value="0.8"></label>
<div class="charts">${cards.join("\n")}</div>`;
}

/** Names over the columns of a sample grid; a run without identity losses has no fourth column. */
function columns(names: readonly string[], run: RunData): string {
  const shown = run.settings["lambdaIdentity"] === 0 ? names.slice(0, 3) : names;
  return `<div class="columns">${shown.map((name) => `<span>${escapeHtml(name)}</span>`).join("")}</div>`;
}

function sampleSection(run: RunData): string {
  const last = run.samples.at(-1);
  if (last === undefined) return "";
  return `<h2>Samples over time</h2>
<label class="control"><output id="sample-step"></output>
<input id="sample-slider" type="range" min="0" max="${run.samples.length - 1}" value="${run.samples.length - 1}"
 aria-label="step"></label>
<div class="card sample">${columns(["real A", "fake B", "A again", "A as if B"], run)}
<img id="sample-image" src="${escapePath(last.path)}" alt="Images of a training step">
${columns(["real B", "fake A", "B again", "B as if A"], run)}</div>
<script id="sample-data" type="application/json">${scriptJson(run.samples)}</script>`;
}

function translationSection({ from, to, rows }: TranslationSet): string {
  const figure = (path: string, alt: string): string =>
    `<img src="${escapePath(path)}" alt="${escapeHtml(alt)}" title="${escapeHtml(alt)}" loading="lazy">`;
  const cards = rows.map(
    ({ name, real, fake, truth }) => `<figure class="card"><div class="triple">
${figure(real, `real ${from}`)}${figure(fake, "translated")}${figure(truth, `true ${to}`)}</div>
<figcaption>${escapeHtml(name)}</figcaption></figure>`,
  );
  return `<h2>${escapeHtml(from)} → ${escapeHtml(to)}, held-out images</h2>
<p class="muted">Each card: real ${escapeHtml(from)}, its translation, and the true ${escapeHtml(to)}.</p>
<div class="rows">${cards.join("\n")}</div>`;
}

function settingText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function settingsSection(settings: RunData["settings"]): string {
  const items = Object.entries(settings).map(
    ([key, value]) => `<div><dt class="muted">${escapeHtml(key)}</dt><dd>${escapeHtml(settingText(value))}</dd></div>`,
  );
  return `<details><summary>All settings</summary><dl>${items.join("\n")}</dl></details>`;
}

/** The report of a run as one HTML document; images are links relative to the run's folder, all else is inside. */
export function reportPage(run: RunData, plot: PlotAssets): string {
  const log = thinLog(run.log, maxPoints);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(run.name)} – CycleGAN</title>
<style>${plot.style}${style}</style>
</head>
<body>
<h1>${escapeHtml(run.name)}</h1>
<p class="muted">${escapeHtml(subtitle(run))}</p>
${figures(run.translations)}
${run.translations.map(translationSection).join("\n")}
${sampleSection(run)}
${chartSection(log)}
${settingsSection(run.settings)}
<script id="chart-data" type="application/json">${scriptJson(chartData(log))}</script>
<script>${plot.script}</script>
<script>${pageScript}</script>
</body>
</html>
`;
}

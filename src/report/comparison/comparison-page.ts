/** A page that compares runs: what each reached, the settings that differ, samples of the same inputs, and curves. */
import { comparisonScript, plotStyle } from "../../generated/page-client.js";
import { formatNumber } from "../../format.js";
import { escapeHtml, escapePath } from "../escape.js";
import { htmlPage, scriptJson, sourceOf } from "../html.js";
import { pageMark } from "../own-page.js";
import { chartSection } from "../live-sections.js";
import { style } from "../style.js";
import type { ComparedChart } from "./compared-charts.js";
import type { ComparedRun } from "./compared-run.js";

/** A grid of samples, as a file in WebP. */
export interface ShownSamples {
  readonly headings: readonly string[];
  readonly image: Uint8Array;
}

export interface Comparison {
  /** The best first. */
  readonly runs: readonly ComparedRun[];
  /** The path of each run's page relative to this one. */
  readonly links: readonly string[];
  readonly settings: readonly string[];
  readonly samples: readonly ShownSamples[];
  readonly charts: readonly ComparedChart[];
}

/** The figures of a run: its metric, the step at which that was best, and how far it has been trained. */
export function summaryOf({ best, log, presentation: { metric } }: ComparedRun): readonly string[] {
  const { step, totalSteps } = log.latest;
  const trained = step === undefined ? "–" : totalSteps === undefined || step === totalSteps ? `${step}` : `${step} of ${totalSteps}`;
  return [best && metric !== undefined ? `${metric} ${formatNumber(best.value)}` : "–", best ? `${best.step}` : "–", trained];
}

/** The headings of these figures. */
export const summaryHeadings = ["best held-out metric", "at step", "steps"] as const;

function settingText(value: unknown): string {
  if (value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function table({ runs, links, settings }: Comparison): string {
  const cell = (text: string): string => `<td>${escapeHtml(text)}</td>`;
  const rows = runs.map((run, index) => {
    const values = settings.map((name) => settingText(run.config[name]));
    return `<tr><th scope="row"><a href="${escapePath(links[index] ?? "")}">${escapeHtml(run.name)}</a></th>${[...summaryOf(run), ...values].map(cell).join("")}</tr>`;
  });
  const headings = ["run", ...summaryHeadings, ...settings].map((text) => `<th scope="col">${escapeHtml(text)}</th>`);
  return `<div class="scroll" role="region" aria-label="Figures and settings" tabindex="0"><table><thead><tr>${headings.join("")}</tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>`;
}

function sampleCard({ headings, image }: ShownSamples): string {
  const columns = `<div class="columns">${headings.map((heading) => `<span>${escapeHtml(heading)}</span>`).join("")}</div>`;
  const alt = `samples: ${headings.join(", ")}`;
  return `<div class="card sample" style="max-width: ${headings.length * 12}rem">${columns}<img src="data:image/webp;base64,${Buffer.from(image).toString("base64")}" alt="${escapeHtml(alt)}"></div>`;
}

function otherData(settings: readonly string[]): string {
  const isOther = ["dataroot", "a", "b"].some((name) => settings.includes(name));
  return isOther ? " The runs have different data sets: their metrics cannot be compared." : "";
}

/** The page as HTML, with everything inside except the runs' own pages. */
export function comparisonPage(comparison: Comparison): string {
  const { runs, settings, samples, charts } = comparison;
  return htmlPage({
    title: `${runs.length} ${runs.length === 1 ? "run" : "runs"} compared`,
    head: `${pageMark}
<meta http-equiv="Content-Security-Policy" content="script-src ${sourceOf(comparisonScript)}; object-src 'none'; base-uri 'none'; form-action 'none'">`,
    css: `${plotStyle}${style}
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
thead th { color: var(--muted); font-weight: normal; }`,
    body: `<p class="muted">The best held-out metric first. The columns on the right are the settings that differ.${otherData(settings)}</p>
${table(comparison)}
${samples.length === 0 ? "" : `<h2>Samples</h2>\n${samples.map(sampleCard).join("\n")}`}
${chartSection}
<script id="comparison-data" type="application/json">${scriptJson(charts)}</script>
<script>${comparisonScript}</script>`,
  });
}

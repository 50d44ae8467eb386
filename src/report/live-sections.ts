/** The parts of a run that change while it is trained, for its page and for the studio. The scripts of `client/` fill them. */
import type { VisualRow } from "../models/model.js";
import { escapeHtml } from "./escape.js";

export const standingSection = `<p id="standing" class="muted"></p>
<progress id="progress" aria-label="Part of the training that is done" max="1" hidden></progress>
<p id="connection" role="status"></p>`;

export const figureSection = `<div id="figures" class="figures tiles"></div>`;

export const chartSection = `<section id="charts" hidden>
<h2>Curves</h2>
<p class="muted">Judge a run by its samples first. Losses say less.</p>
<label class="control">Smoothing <input id="smoothing" type="range" min="0" max="0.98" step="0.02" value="0.8">
<button id="zoom-all" type="button" hidden>Whole run</button></label>
<div id="chart-list" class="charts"></div>
</section>`;

export const eventSection = `<section id="events" hidden>
<h2>Events</h2>
<ul id="event-list" class="events"></ul>
<details id="earlier"><summary id="earlier-count"></summary><ul id="earlier-list" class="events"></ul></details>
</section>`;

/** Headings over the columns of a row of the sample grid, if it has any. */
function headingRow({ headings }: VisualRow): string {
  return headings.length === 0 ? "" : `<div class="columns">${headings.map((heading) => `<span>${escapeHtml(heading)}</span>`).join("")}</div>`;
}

/** A wipe between the first two columns of the sample grid, which the script cuts out of the grid. */
function compareSection({ visuals, headings: [before = "", after = ""] }: VisualRow): string {
  return `<details class="compare"><summary>Compare ${escapeHtml(before)} with ${escapeHtml(after)}</summary>
<div class="wipe" data-columns="${visuals.length}"><canvas id="compare-before"></canvas><canvas id="compare-after" class="after"></canvas>
<input id="compare-line" type="range" min="0" max="100" value="50" step="any" aria-label="line between the two"></div></details>`;
}

/** The samples, with the headings of their columns. */
export function sampleSection([first, ...rows]: readonly VisualRow[]): string {
  return `<section id="samples" hidden>
<h2>Samples over time</h2>
<div class="control"><output id="sample-step"></output>
<input id="sample-slider" type="range" min="0" max="0" value="0" aria-label="step">
<button id="sample-newest" type="button" hidden>Newest</button></div>
<div class="card sample">${first ? headingRow(first) : ""}
<a id="sample-link" target="_blank" title="Open at its own size"><img id="sample-image" alt="Images of a training step"></a>
${rows.map(headingRow).join("\n")}</div>
${first && first.headings.length > 1 ? compareSection(first) : ""}
</section>`;
}

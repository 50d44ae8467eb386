/** A page with the runs of a folder side by side. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { sampleName } from "../run/sample-name.js";
import { readRunConfig, runFolder } from "../run/folder.js";
import { modelOf } from "../run/options.js";
import { activity, figuresOf, standing } from "./figures.js";
import { escapeHtml, escapePath } from "./escape.js";
import { htmlPage } from "./html.js";
import { css, summaryOf } from "./page.js";
import { presentationOf } from "./presentation.js";
import { openRunReader } from "./run-reader.js";

/** The names of the runs in a folder, the newest first. */
export function listRuns(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() || entry.isSymbolicLink());
  const runs = entries.map(({ name }) => name).filter((name) => existsSync(runFolder(join(folder, name)).config));
  const written = (name: string): number => statSync(runFolder(join(folder, name)).log, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return runs.map((name) => ({ name, at: written(name) })).sort((a, b) => b.at - a.at).map(({ name }) => name);
}

/** The card of a run: its newest sample and its figures. A run that cannot be read has a card that says why. */
async function cardOf(folder: string, name: string): Promise<string> {
  const link = escapePath(name);
  try {
    const config = readRunConfig(join(folder, name));
    const presentation = presentationOf(modelOf(config), config);
    const { log, metrics, samples, ended, age } = await openRunReader(join(folder, name), presentation.charts).read();
    if (!log.all || !metrics.all) throw new TypeError("the first answer of a reader is whole");
    const newest = samples.all?.at(-1);
    const image = newest === undefined ? "" : `<a href="${link}/"><img src="${link}/samples/${sampleName(newest)}" alt="newest samples" loading="lazy"></a>`;
    const figures = figuresOf(log.all, metrics.all, presentation).map(
      (figure) => `<div><dt class="muted">${escapeHtml(figure.name)}</dt><dd>${escapeHtml(figure.value)}${figure.note === undefined ? "" : `, ${escapeHtml(figure.note)}`}</dd></div>`,
    );
    return `<article class="card sample"><h2><a href="${link}/">${escapeHtml(name)}</a></h2>
<p class="muted">${escapeHtml(summaryOf(config, presentation))}<br>${escapeHtml([standing(log.all), activity(log.all, { ended, age })].filter((word) => word !== "").join(" · "))}</p>
${image}<dl>${figures.join("\n")}</dl></article>`;
  } catch (error) {
    return `<article class="card"><h2>${escapeHtml(name)}</h2><p class="muted">${escapeHtml(String(error instanceof Error ? error.message : error))}</p></article>`;
  }
}

/** The page as HTML. It loads itself again every half minute. */
export async function runsPage(folder: string): Promise<string> {
  const cards = await Promise.all(listRuns(folder).map((name) => cardOf(folder, name)));
  return htmlPage({
    title: basename(resolve(folder)),
    head: '<meta http-equiv="refresh" content="30">',
    css,
    body: cards.length === 0 ? "<p>No runs yet.</p>" : `<div class="runs">${cards.join("\n")}</div>`,
  });
}

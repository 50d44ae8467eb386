/** Compares runs, and writes a page about them. */
import { existsSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { encodeImageBytes } from "../../data/encode.js";
import { CheckpointError, CycleGANError, UsageError } from "../../errors.js";
import { writeFileWhole } from "../../io/files.js";
import { runFolder } from "../../run/folder.js";
import { isOwnPage } from "../own-page.js";
import { listRuns } from "../runs-page.js";
import { comparedCharts } from "./compared-charts.js";
import { bestFirst, readComparedRun, withUniqueNames, type ComparedRun } from "./compared-run.js";
import { comparedSamples } from "./compared-samples.js";
import { comparisonPage } from "./comparison-page.js";
import { differingSettings } from "./differing-settings.js";

export interface CompareOptions {
  /** Folders of runs, and folders that hold runs. */
  readonly runs: readonly string[];
  /** The page to write, which ends in .html; default compare.html. */
  readonly output?: string;
  /** Receives a sentence about each folder that is left out. */
  readonly onMessage?: (text: string) => void;
}

export interface ComparedRuns {
  /** The best first. */
  readonly runs: readonly ComparedRun[];
  /** The names of the settings that differ. */
  readonly settings: readonly string[];
  /** Path of the page. */
  readonly page: string;
}

/** The folders of the runs that a path stands for: those in it, or itself. */
function runsAt(path: string): readonly string[] {
  if (existsSync(runFolder(path).config) || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  const names = listRuns(path);
  return names.length === 0 ? [path] : names.map((name) => join(path, name));
}

/**
 * Compares runs: best held-out metrics, settings that differ, newest samples and curves. Writes a page, which needs no server.
 *
 * A folder that is no run is named and left out. Throws a CheckpointError if none is left, or if the page cannot be written, and a
 * UsageError for an output that does not end in .html or is a page of something else.
 */
export async function compareRuns({ runs: paths, output = "compare.html", onMessage = () => {} }: CompareOptions): Promise<ComparedRuns> {
  if (!/\.html?$/i.test(output)) throw new UsageError(`--output: expected a page that ends in .html, got "${output}".`);
  if (existsSync(output) && !isOwnPage(output)) throw new UsageError(`--output ${output}: expected a new page or one of this program, got something else. Use another name.`);
  const found: ComparedRun[] = [];
  for (const path of paths.flatMap(runsAt)) {
    try {
      found.push(await readComparedRun(path));
    } catch (error) {
      if (!(error instanceof CycleGANError)) throw error;
      onMessage(`Left out: ${error.message}`);
    }
  }
  if (found.length === 0) throw new CheckpointError(`${paths.join(", ")}: expected folders of runs, such as runs/zebra, or of several, such as runs, got none.`);
  const runs = bestFirst(withUniqueNames(found));
  const settings = differingSettings(runs.map(({ config }) => config));
  const samples = await Promise.all(
    (await comparedSamples(runs, onMessage)).map(async ({ headings, grid }) => ({ headings, image: await encodeImageBytes(grid, "webp", { quality: 85 }) })),
  );
  const links = runs.map(({ path }) => relative(dirname(resolve(output)), resolve(runFolder(path).report)).split(sep).join("/"));
  writeFileWhole(output, comparisonPage({ runs, links, settings, samples, charts: comparedCharts(runs) }));
  return { runs, settings, page: output };
}

/** index.html of a run: the page as a file. */
import { join } from "node:path";
import { writeFileWhole } from "../io/files.js";
import { readRun } from "./read-run.js";
import type { Presentation } from "./presentation.js";
import { openRunReader, type RunReader } from "./run-reader.js";

export interface ReportOptions {
  /** Pass the same one each time to read only what is new. */
  readonly reader?: RunReader;
  /** Whether the training has ended, if only for now. Default false. */
  readonly ended?: boolean;
}

/**
 * Writes `index.html` into the folder of a run: curves, samples over time, held-out translations if there are any.
 *
 * The page opens from the disk and needs no network. Throws a CheckpointError if the folder has no config.json, or if the page cannot be written.
 */
export async function writeReport(
  runFolder: string,
  presentation: Presentation,
  { reader = openRunReader(runFolder, presentation.charts), ended = false }: ReportOptions = {},
): Promise<void> {
  const run = await readRun(runFolder, reader);
  // Loaded when it is needed: it has the page's script, which the studio's training worker does not need at first.
  const { reportPage } = await import("./page.js");
  const page = reportPage({ ...run, data: { ...run.data, ended } }, presentation);
  writeFileWhole(join(runFolder, "index.html"), page);
}

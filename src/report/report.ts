/** index.html of a run: the page as a file. */
import { join } from "node:path";
import { writeFileWhole } from "../io/files.js";
import { reportPage } from "./page.js";
import { readRun } from "./read-run.js";
import type { Presentation } from "./presentation.js";
import { openRunReader } from "./run-reader.js";

/**
 * Writes `index.html` into the folder of a run: curves, samples over time, held-out translations if there are any.
 *
 * The page opens from the disk and needs no network. Pass the same `reader` each time to read only what is new. Throws a
 * CheckpointError if the folder has no config.json, or if the page cannot be written.
 */
export async function writeReport(
  runFolder: string,
  presentation: Presentation,
  reader = openRunReader(runFolder, presentation.charts),
): Promise<void> {
  const page = reportPage(await readRun(runFolder, reader), presentation);
  writeFileWhole(join(runFolder, "index.html"), page);
}

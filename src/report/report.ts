import { join } from "node:path";
import { writeFileWhole } from "../io/files.js";
import { reportPage } from "./page.js";
import { readRun } from "./read-run.js";
import type { Presentation } from "./presentation.js";
import { openRunReader } from "./run-reader.js";

/**
 * Writes `index.html` into the folder of a run: curves, samples over time, held-out translations if there are any.
 *
 * The page needs no network and opens from the disk. A `reader` that is kept reads only what is new since the last time.
 * Throws a CheckpointError when the folder holds no config.json.
 */
export async function writeReport(
  runFolder: string,
  presentation: Presentation,
  reader = openRunReader(runFolder, presentation.charts),
): Promise<void> {
  const page = reportPage(await readRun(runFolder, reader), presentation);
  writeFileWhole(join(runFolder, "index.html"), page);
}

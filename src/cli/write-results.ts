/** Writes the page of images beside their translations. */
import { existsSync } from "node:fs";
import { writeFileWhole } from "../io/files.js";
import type { Direction } from "../models/networks/recognise-generator.js";
import { isOwnPage } from "../report/own-page.js";
import { resultsPage } from "../report/results-page.js";
import type { PlannedImage } from "../translate/plan.js";

/** The images of one direction. */
export interface Translated {
  readonly direction: Direction;
  readonly images: readonly PlannedImage[];
}

/**
 * Writes the page with those translations that exist. A file at its place that another program made stays, with a message.
 * Throws a CheckpointError if the page cannot be written.
 */
export function writeResults(page: string, title: string, results: readonly Translated[]): void {
  if (existsSync(page) && !isOwnPage(page)) {
    const why = "because another program made it. It would show images beside their translations";
    process.stderr.write(`${page}: left as it is, ${why}.\n`);
    return;
  }
  const sets = results.map(({ direction, images }) => ({
    from: direction === "AtoB" ? "A" : "B",
    to: direction === "AtoB" ? "B" : "A",
    images: images.filter(({ to }) => existsSync(to)),
  }));
  writeFileWhole(page, resultsPage(page, title, sets));
}

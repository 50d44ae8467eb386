/** The grid of a step's images. */
import { encodeImage } from "../data/encode.js";
import type { Image } from "../data/image.js";
import { batchToImages } from "../data/transform.js";
import type { VisualRow, Visuals } from "../models/model.js";
import { imageGrid, type ImageRow } from "./image-grid.js";

const wantedSide = 128; // pixels; smaller images are enlarged towards it
/** A line for each image of the batch, with a place for every visual. The place is empty if the step does not have it. */
function rowsOf(names: readonly string[], visuals: Visuals): ImageRow[] {
  const columns = names.map((name) => visuals[name]).map((batch) => batch && batchToImages(batch));
  return (columns[0] ?? []).map((_, index) => columns.map((images) => images?.[index]));
}

/** The images of some batches: for each row of the model, as many lines as the batches have images. */
export function sampleGrid(batches: readonly Visuals[], rows: readonly VisualRow[]): Image {
  return imageGrid(rows.flatMap((row) => batches.flatMap((visuals) => rowsOf(row.visuals, visuals))), wantedSide);
}

/** Writes the images of some batches as one PNG. */
export async function writeSampleGrid(path: string, batches: readonly Visuals[], rows: readonly VisualRow[]): Promise<void> {
  await encodeImage(path, sampleGrid(batches, rows));
}

import { encodeImage } from "../data/encode.js";
import type { Image, ImageBatch } from "../data/image.js";
import { batchToImages } from "../data/transform.js";
import { visualNames } from "../models/cyclegan/options.js";
import type { VisualName } from "../models/cyclegan/options.js";

/** The images of a step; those that the step does not have are missing. */
export type Visuals = Readonly<Partial<Record<VisualName, ImageBatch>>>;

// The reference's display order: what becomes of A, then what becomes of B.
const displayRows = [visualNames.slice(0, 4), visualNames.slice(4)];
const gap = 2; // pixels between images
const wantedSide = 128; // pixels; smaller images are enlarged towards it
const background = 255;

/** Paints `image` into `grid` at a corner, each pixel `scale` times in both directions; gray becomes RGB. */
function paint(grid: Image, image: Image, left: number, top: number, scale: number): void {
  const { width, height, channels, data } = image;
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const source = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
      const target = ((top + y) * grid.width + left + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        grid.data[target + channel] = data[source + Math.min(channel, channels - 1)] ?? 0;
      }
    }
  }
}

type Row = readonly (Image | undefined)[];

/** For each image of the batch a row with a place for every visual, empty where the step does not have it. */
function rowsOf(names: readonly VisualName[], visuals: Visuals): Row[] {
  const columns = names.map((name) => visuals[name]).map((batch) => batch && batchToImages(batch));
  return (columns[0] ?? []).map((_, index) => columns.map((images) => images?.[index]));
}

/** Columns of a run's sample grids, the same for all its steps: the fourth is that of the identity losses. */
export function sampleColumns(lambdaIdentity: unknown): number {
  return lambdaIdentity === 0 ? 3 : 4;
}

/** Images side by side, a list a row, with empty places. Small ones are enlarged by a whole factor towards `side` pixels. */
export function imageGrid(rows: readonly Row[], side: number): Image {
  const images = rows.flat().filter((image) => image !== undefined);
  const cellWidth = Math.max(1, ...images.map(({ width }) => width));
  const cellHeight = Math.max(1, ...images.map(({ height }) => height));
  const scale = Math.max(1, Math.floor(side / Math.max(cellWidth, cellHeight)));
  const [stepX, stepY] = [cellWidth * scale + gap, cellHeight * scale + gap];
  const width = Math.max(1, ...rows.map((row) => row.length)) * stepX - gap;
  const height = Math.max(1, rows.length) * stepY - gap;
  const grid: Image = { width, height, channels: 3, data: new Uint8Array(width * height * 3).fill(background) };
  for (const [y, row] of rows.entries()) {
    for (const [x, image] of row.entries()) if (image) paint(grid, image, x * stepX, y * stepY, scale);
  }
  return grid;
}

/**
 * The images of a step: a row `real_A fake_B rec_A idt_B` for every image of A in the batch, then a row
 * `real_B fake_A rec_B idt_A` for every one of B; of each row the first `columns`.
 */
export function sampleGrid(visuals: Visuals, columns: number): Image {
  return imageGrid(displayRows.flatMap((names) => rowsOf(names.slice(0, columns), visuals)), wantedSide);
}

/** Writes the images of a step as one PNG; throws a DataError when they have neither 1 nor 3 channels. */
export async function writeSampleGrid(path: string, visuals: Visuals, columns: number): Promise<void> {
  await encodeImage(path, sampleGrid(visuals, columns));
}

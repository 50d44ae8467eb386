/** A grid of images: the images of a step, or any rows of images. */
import { encodeImage } from "../data/encode.js";
import { shownChannel, type Image } from "../data/image.js";
import { batchToImages } from "../data/transform.js";
import type { VisualRow, Visuals } from "../models/model.js";

/** Pixels between the images of a grid. */
export const sampleGap = 2;

const wantedSide = 128; // pixels; smaller images are enlarged towards it
const background = 255;

/** Paints `image` into `grid` at a corner, each pixel `scale` times in both directions. The first three channels become RGB, or the first. */
function paint(grid: Image, image: Image, left: number, top: number, scale: number): void {
  const { width, height, channels, data } = image;
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const source = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
      const target = ((top + y) * grid.width + left + x) * 3;
      for (const colour of [0, 1, 2] as const) {
        grid.data[target + colour] = data[source + shownChannel(channels, colour)] ?? 0;
      }
    }
  }
}

type Row = readonly (Image | undefined)[];

/** A line for each image of the batch, with a place for every visual. The place is empty if the step does not have it. */
function rowsOf(names: readonly string[], visuals: Visuals): Row[] {
  const columns = names.map((name) => visuals[name]).map((batch) => batch && batchToImages(batch));
  return (columns[0] ?? []).map((_, index) => columns.map((images) => images?.[index]));
}

/** Rows of images, with empty places and `gap` pixels between them. Small images are enlarged by a whole factor towards `side` pixels. */
export function imageGrid(rows: readonly Row[], side: number, gap = sampleGap): Image {
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

/** The images of some batches: for each row of the model, as many lines as the batches have images. */
export function sampleGrid(batches: readonly Visuals[], rows: readonly VisualRow[]): Image {
  return imageGrid(rows.flatMap((row) => batches.flatMap((visuals) => rowsOf(row.visuals, visuals))), wantedSide);
}

/** Writes the images of some batches as one PNG. */
export async function writeSampleGrid(path: string, batches: readonly Visuals[], rows: readonly VisualRow[]): Promise<void> {
  await encodeImage(path, sampleGrid(batches, rows));
}

/** Images in rows, as one image. */
import { shownChannel, type Image } from "../data/image.js";

/** Pixels between the images of a grid. */
export const sampleGap = 2;

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

/** Images side by side, with empty places. */
export type ImageRow = readonly (Image | undefined)[];

/** Rows of images, with empty places and `gap` pixels between them. Small images are enlarged by a whole factor towards `side` pixels. */
export function imageGrid(rows: readonly ImageRow[], side: number, gap = sampleGap): Image {
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

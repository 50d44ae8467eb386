import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";

/** Writes `count` PNG images of one size with a gradient that differs from image to image. */
export function makeImages(folder: string, count: number, width: number, height: number): void {
  mkdirSync(folder, { recursive: true });
  for (let image = 0; image < count; image++) {
    const png = new PNG({ width, height });
    for (let index = 0; index < width * height; index++) {
      png.data.set([(index * 3 + image * 40) % 256, (index * 7) % 256, image * 20, 255], index * 4);
    }
    writeFileSync(join(folder, `${image}.png`), PNG.sync.write(png));
  }
}

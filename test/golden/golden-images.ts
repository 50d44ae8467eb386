import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import { Random } from "../../src/node.js";

/** Three random bytes, from `low` on. */
function colour(random: Random, low: number): number[] {
  return [0, 1, 2].map(() => low + random.integer(256 - low));
}

/** A noisy square of one colour on a ground of another. */
function paint(random: Random, width: number, height: number, low: number): PNG {
  const png = new PNG({ width, height });
  const [ground, figure] = [colour(random, 0), colour(random, low)];
  const side = 6 + random.integer(10);
  const [left, top] = [random.integer(width - side), random.integer(height - side)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = x >= left && x < left + side && y >= top && y < top + side;
      const noisy = (inside ? figure : ground).map((value) => Math.min(255, value + random.integer(24)));
      png.data.set([...noisy, 255], (y * width + x) * 4);
    }
  }
  return png;
}

/** Writes the same data set each time: six images of domain A and five of B, whose squares are light. */
export function makeGoldenImages(dataroot: string): void {
  for (const [domain, count, low] of [["trainA", 6, 0], ["trainB", 5, 160]] as const) {
    const folder = join(dataroot, domain);
    mkdirSync(folder, { recursive: true });
    const random = new Random(7).stream(domain);
    for (let image = 0; image < count; image++) {
      writeFileSync(join(folder, `${image}.png`), PNG.sync.write(paint(random, 30 + image, 34 - image, low)));
    }
  }
}

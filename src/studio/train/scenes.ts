/** Pictures that the page draws itself: landscapes in summer and in winter. */
import type { Image } from "../../data/image.js";
import { paintTexture } from "../../demo/scenes/texture.js";
import type { Random } from "../../random.js";

export type Season = "summer" | "winter";

type Rgb = readonly [red: number, green: number, blue: number];

/** Width and height, in pixels. */
export const SCENE_SIDE = 72;

const colours = {
  summer: { crown: [44, 110, 46], tip: [78, 150, 60], trunk: [104, 70, 40], sun: [255, 226, 120] },
  winter: { crown: [66, 92, 84], tip: [244, 248, 255], trunk: [86, 74, 70], sun: [236, 232, 222] },
} as const satisfies Readonly<Record<Season, Readonly<Record<string, Rgb>>>>;

function paint({ width, height, data }: Image, x: number, y: number, colour: Rgb): void {
  if (x >= 0 && y >= 0 && x < width && y < height) data.set(colour, 3 * (y * width + x));
}

function paintDisc(image: Image, x: number, y: number, radius: number, colour: Rgb): void {
  for (let down = -radius; down <= radius; down++) {
    for (let right = -radius; right <= radius; right++) {
      if (down * down + right * right <= radius * radius) paint(image, x + right, y + down, colour);
    }
  }
}

/** A fir whose trunk ends at a place. In winter its upper part is white. */
function paintFir(image: Image, x: number, bottom: number, height: number, season: Season): void {
  const { crown, tip, trunk } = colours[season];
  const top = bottom - height;
  for (let y = bottom - 2; y <= bottom; y++) for (let side = -1; side <= 1; side++) paint(image, x + side, y, trunk);
  for (let y = top; y < bottom - 2; y++) {
    const down = (y - top) / height;
    // Branches in three layers.
    const half = Math.round(height * 0.34 * (0.25 + 0.75 * down) * (0.6 + 0.4 * ((3 * down) % 1)));
    for (let side = -half; side <= half; side++) paint(image, x + side, y, down < 0.5 ? tip : crown);
  }
}

/** A landscape: sky, sun, two lines of hills, firs. The same stream gives the same landscape in both seasons. */
export function drawScene(random: Random, season: Season): Image {
  const side = SCENE_SIDE;
  const sky = paintTexture(season === "summer" ? "clear" : "overcast", random.stream("sky"), side, side);
  const ground = paintTexture(season === "summer" ? "grass" : "snow", random.stream("ground"), side, side);
  const place = random.stream("places");
  const between = (least: number, most: number): number => least + (most - least) * place.uniform();
  const whole = (least: number, most: number): number => Math.round(between(least, most));
  paintDisc(sky, whole(8, side - 8), whole(8, 18), whole(4, 7), colours[season].sun);
  for (const [level, shade] of [[0.5, 0.82], [0.66, 1]] as const) {
    const [height, wave, swing, start] = [side * between(level - 0.06, level + 0.06), between(20, 46), between(3, 8), between(0, 6)];
    for (let x = 0; x < side; x++) {
      for (let y = Math.round(height + swing * Math.sin(start + x / wave * Math.PI)); y < side; y++) {
        const at = 3 * (y * side + x);
        paint(sky, x, y, [shade * (ground.data[at] ?? 0), shade * (ground.data[at + 1] ?? 0), shade * (ground.data[at + 2] ?? 0)]);
      }
    }
  }
  const firs = Array.from({ length: whole(2, 5) }, () => ({ x: whole(4, side - 4), bottom: whole(side * 0.62, side - 4), height: whole(16, 30) }));
  for (const { x, bottom, height } of firs.sort((a, b) => a.bottom - b.bottom)) paintFir(sky, x, bottom, height, season);
  return sky;
}

/** Fruit on a table, in front of a wall. */
import type { Image } from "../../data/image.js";
import { DataError } from "../../errors.js";
import type { Random } from "../../random.js";
import { compose, type Placed, type Scene } from "./compose.js";
import { paintTexture } from "./texture.js";

/** The class of the fruit; everything else is 0. */
export const FRUIT = 1;

/** One to three pieces of fruit, each on its own part of the width so that they touch but hardly cover each other. */
function pieces(random: Random, side: number, edge: number, drawings: readonly Image[]): Placed[] {
  const count = 1 + random.integer(3);
  return Array.from({ length: count }, (_, index): Placed => {
    const drawing = drawings[random.integer(drawings.length)];
    if (!drawing) throw new DataError("stillLife: expected drawings of fruit, got none.");
    const height = Math.round(side * (0.3 + 0.14 * random.uniform()) * (count === 1 ? 1.3 : 1));
    const x = (side * (index + 0.3 + 0.4 * random.uniform())) / count;
    const y = edge + (side - edge) * (0.25 + 0.65 * random.uniform());
    return { drawing, label: FRUIT, x, y, height, mirrored: random.uniform() < 0.5 };
  }).sort((a, b) => a.y - b.y);
}

/**
 * A still life of `side`² pixels. The same stream and as many drawings of another fruit give the same places, table and wall with
 * that fruit.
 */
export function stillLife(random: Random, side: number, drawings: readonly Image[]): Scene {
  const edge = Math.round(side * (0.35 + 0.2 * random.stream("edge").uniform()));
  const wall = paintTexture("cloth", random.stream("wall"), side, edge);
  const table = paintTexture("table", random.stream("table"), side, side - edge);
  const image = { width: side, height: side, channels: 3, data: new Uint8Array([...wall.data, ...table.data]) } as const;
  const labels = { width: side, height: side, channels: 1, data: new Uint8Array(side * side) } as const;
  return compose({ image, labels }, pieces(random.stream("fruit"), side, edge, drawings));
}

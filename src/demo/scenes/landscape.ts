/** Landscapes with trees, houses, cars and pigs, in two seasons. */
import type { Image } from "../../data/image.js";
import type { LabelClasses } from "../../data/label-classes.js";
import { DataError } from "../../errors.js";
import type { Random } from "../../random.js";
import { compose, type Placed, type Scene } from "./compose.js";
import { paintTexture } from "./texture.js";

/** The classes of a landscape, in the order of their numbers. */
export const landscapeClasses: LabelClasses = {
  names: ["sky", "ground", "tree", "house", "car", "pig"],
  colors: [[112, 176, 240], [196, 160, 96], [20, 110, 40], [200, 40, 40], [80, 60, 200], [250, 220, 40]],
  ignored: [],
};

export type ObjectName = "tree" | "house" | "car" | "pig";

/** Drawings of each kind of object. */
export type LandscapeDrawings = Readonly<Record<ObjectName, readonly Image[]>>;

/** Reads the drawings of a landscape's emoji, with a function that reads those with the code points given. */
export async function readLandscapeDrawings(read: (codes: readonly string[]) => Promise<readonly Image[]>): Promise<LandscapeDrawings> {
  return {
    tree: await read(["1f333", "1f332"]),
    house: await read(["1f3e0"]),
    car: await read(["1f697"]),
    pig: await read(["1f416"]),
  };
}

export type Season = "summer" | "winter";

/** A pixel of leaves or grass: green is its strongest colour. */
function isLeaf(red: number, green: number, blue: number): boolean {
  return green > red && green > blue + 8;
}

/** The drawing with snow in place of leaves; the brightness of each leaf stays visible. */
export function withSnow(drawing: Image): Image {
  const data = drawing.data.slice();
  for (let at = 0; at < data.length; at += 3) {
    const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3);
    if (isLeaf(red, green, blue)) data.set([150 + 0.55 * red, 168 + 0.44 * green, 196 + 0.38 * blue].map((value) => Math.min(255, Math.round(value))), at);
  }
  return { ...drawing, data };
}

const names: readonly ObjectName[] = ["tree", "tree", "house", "car", "pig"];

/** Height of an object of each class in the foreground, as a part of the scene's side. */
const heights: Readonly<Record<ObjectName, number>> = { tree: 0.6, house: 0.5, car: 0.36, pig: 0.36 };

/** Objects from far to near. Those that stand lower are nearer and larger. */
function objects(random: Random, side: number, horizon: number, drawings: LandscapeDrawings): Placed[] {
  const count = 2 + random.integer(3);
  const placed = Array.from({ length: count }, (): Placed => {
    const name = names[random.integer(names.length)] ?? "tree";
    const drawing = drawings[name][random.integer(drawings[name].length)];
    const depth = random.uniform();
    const y = horizon + (side - horizon) * (0.15 + 0.8 * depth);
    const height = Math.round(side * heights[name] * (0.55 + 0.45 * depth));
    const x = side * random.uniform();
    const mirrored = random.uniform() < 0.5;
    if (!drawing) throw new DataError(`landscape: expected drawings of each kind, got none of a ${name}.`);
    return { drawing, label: landscapeClasses.names.indexOf(name), x, y, height, mirrored };
  });
  return placed.sort((a, b) => a.y - b.y);
}

/**
 * A landscape of `side`² pixels with a sky, a ground and two to four objects. The same stream gives the same landscape in both
 * seasons: snow and clouds differ, all things and their places are equal.
 */
export function landscape(random: Random, side: number, drawings: LandscapeDrawings, season: Season = "summer"): Scene {
  const horizon = Math.round(side * (0.3 + 0.2 * random.stream("horizon").uniform()));
  const [above, below] = season === "summer" ? (["clear", "grass"] as const) : (["overcast", "snow"] as const);
  const sky = paintTexture(above, random.stream("sky"), side, horizon);
  const ground = paintTexture(below, random.stream("ground"), side, side - horizon);
  const data = new Uint8Array([...sky.data, ...ground.data]);
  const labels = Uint8Array.from({ length: side * side }, (_, pixel) => (pixel < horizon * side ? 0 : 1));
  const background: Scene = { image: { width: side, height: side, channels: 3, data }, labels: { width: side, height: side, channels: 1, data: labels } };
  const shown = season === "summer" ? drawings : { ...drawings, tree: drawings.tree.map(withSnow), house: drawings.house.map(withSnow) };
  return compose(background, objects(random.stream("objects"), side, horizon, shown));
}

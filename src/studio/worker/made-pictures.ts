/** Draws pictures for a visitor who has none at hand. */
import { Random } from "../../random.js";
import type { GivenFile } from "../files/given-file.js";
import { drawScene, type Season } from "../train/scenes.js";
import { pngOf } from "./picture.js";
import type { Domains } from "./trainer-protocol.js";

/** Pictures of each domain. */
const COUNT = 120;

async function draw(season: Season): Promise<GivenFile[]> {
  const random = new Random(0);
  const files: GivenFile[] = [];
  for (let index = 0; index < COUNT; index++) {
    const name = `${String(index).padStart(3, "0")}.png`;
    const png = await pngOf(drawScene(random.stream(`${season} ${index}`), season));
    files.push({ path: name, file: new File([png], name, { type: "image/png" }) });
  }
  return files;
}

/** Landscapes in summer (A) and others in winter (B). They are the same each time. */
export async function madePictures(): Promise<Domains> {
  return { A: await draw("summer"), B: await draw("winter") };
}

/** Replaces src/data/encode.ts: the browser encodes, to PNG. */
import { dirname } from "pathe";
import type { Image } from "../../data/image.js";
import { writeFileWhole } from "../../io/files.js";
import { pngOf } from "../worker/picture.js";
import { tree } from "./fs.js";

/** Writes a PNG file into the tree. */
export async function encodeImage(path: string, image: Image): Promise<void> {
  const png = await pngOf(image);
  tree.makeFolder(dirname(path), { recursive: true });
  writeFileWhole(path, new Uint8Array(await png.arrayBuffer()));
}

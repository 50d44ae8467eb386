/** Replaces src/data/decode.ts: the browser decodes, to 8 bits. */
import type { DecodeOptions } from "../../data/decode.js";
import type { DeepImage } from "../../data/image.js";
import { DataError } from "../../errors.js";
import { decodePicture } from "../worker/picture.js";
import { tree } from "./fs.js";

/** The picture in a file of the tree, gray or RGB. Throws a DataError if the browser cannot read it. */
export async function decodeImage(path: string, channels: number, { ignoreIcc, maxPixels }: DecodeOptions = {}): Promise<DeepImage> {
  if (channels !== 1 && channels !== 3) {
    throw new DataError(`${path}: this page reads gray and RGB pictures, not images of ${channels} channels. Use "cyclegan train".`);
  }
  const content = tree.read(path);
  const file = content instanceof Blob ? content : new Blob([Uint8Array.from(content)]);
  return decodePicture(file, path, channels, { ignoreIcc, maxPixels });
}

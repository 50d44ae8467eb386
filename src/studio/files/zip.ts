/** Translations as a zip archive. */
import { BlobReader, BlobWriter, ZipWriter } from "@zip.js/zip.js/index-native.js";
import { resultNames, type Picture } from "../translate/pictures.js";

/** The translations of pictures, in the folders of their pictures. PNG files are not compressed again. */
export async function zipOf(pictures: readonly Picture[]): Promise<Blob> {
  const archive = new ZipWriter(new BlobWriter("application/zip"), { level: 0, useWebWorkers: false });
  const names = resultNames(pictures);
  for (const { id, result } of pictures) {
    if (result) await archive.add(names.get(id) ?? `${id}.png`, new BlobReader(result.file));
  }
  return archive.close();
}

/** A run as a zip archive, as the command has it: unpacked, `cyclegan train --resume runs/<name>` continues it. */
import { BlobReader, BlobWriter, Uint8ArrayReader, ZipReader, ZipWriter } from "@zip.js/zip.js/index-native.js";
import { DataError } from "../../errors.js";
import type { Entry } from "../disk/file-tree.js";
import type { GivenFile } from "../files/given-file.js";

/** All files and folders. Nothing is compressed: weights and pictures hardly become smaller. */
export async function archiveOf(entries: ReadonlyMap<string, Entry>): Promise<Blob> {
  const archive = new ZipWriter(new BlobWriter("application/zip"), { level: 0, useWebWorkers: false });
  for (const [path, entry] of entries) {
    if (entry.kind === "folder") await archive.add(`${path}/`, undefined, { directory: true });
    else await archive.add(path, entry.content instanceof Blob ? new BlobReader(entry.content) : new Uint8ArrayReader(entry.content));
  }
  return archive.close();
}

/** The files in an archive. Throws a DataError for a file that is none. */
export async function filesInArchive(file: File): Promise<GivenFile[]> {
  const archive = new ZipReader(new BlobReader(file), { useWebWorkers: false, checkOverlappingEntry: true, checkSignature: true });
  try {
    const files: GivenFile[] = [];
    for (const entry of await archive.getEntries()) {
      if (entry.directory) continue;
      const content = await entry.getData(new BlobWriter());
      files.push({ path: entry.filename, file: new File([content], entry.filename.split("/").at(-1) ?? "") });
    }
    return files;
  } catch (cause) {
    throw new DataError(`${file.name}: expected a zip archive, got one that cannot be read (${String(cause)}). Save it again.`, { cause });
  } finally {
    await archive.close();
  }
}

/** The files of a drop, also those in folders. */
import type { GivenFile } from "./given-file.js";

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

/** All entries of a folder. A reader gives them in parts, the last of which is empty. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (part.length === 0) return entries;
    entries.push(...part);
  }
}

async function filesOf(entry: FileSystemEntry): Promise<GivenFile[]> {
  if (isFolder(entry)) return (await Promise.all((await entriesOf(entry)).map(filesOf))).flat();
  if (!isFile(entry)) return [];
  const file = await new Promise<File>((resolve, reject) => {
    entry.file(resolve, reject);
  });
  return [{ path: entry.fullPath.replace(/^\//, ""), file }];
}

/** The files of a drop or of the clipboard. Must be called while its event is handled. */
export function droppedFiles({ items, files }: DataTransfer): Promise<GivenFile[]> {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const plain = [...files].map((file) => ({ path: file.name, file }));
  return entries.length === 0 ? Promise.resolve(plain) : Promise.all(entries.map(filesOf)).then((found) => found.flat());
}

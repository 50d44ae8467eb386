/** All runs that the browser keeps for this site. */
import { readIndex } from "./run-store.js";
import type { RunNote } from "./kept-index.js";

/** A run in the list. */
export interface StoredRun extends RunNote {
  readonly name: string;
  readonly bytes: number;
}

/** The folder with a folder for each run. */
async function runsFolder(): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle("cyclegan-runs", { create: true });
}

/** The folder of a run, which is created if necessary. */
export async function folderOf(name: string): Promise<FileSystemDirectoryHandle> {
  return (await runsFolder()).getDirectoryHandle(name, { create: true });
}

/** The runs with a whole state, those that changed last first. */
export async function storedRuns(): Promise<StoredRun[]> {
  const runs: StoredRun[] = [];
  for await (const [name, handle] of (await runsFolder()).entries()) {
    const index = handle instanceof FileSystemDirectoryHandle ? await readIndex(handle) : undefined;
    if (index) runs.push({ name, ...index.note, bytes: index.files.reduce((sum, { bytes }) => sum + bytes, 0) });
  }
  return runs.sort((a, b) => b.changed - a.changed);
}

export async function removeRun(name: string): Promise<void> {
  await (await runsFolder()).removeEntry(name, { recursive: true });
}

/** Writing so that what is there afterwards is whole, whatever happens meanwhile. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CheckpointError } from "../errors.js";

const advice: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full: free some space",
  EDQUOT: "Your share of the disk is used up: free some space",
  EFBIG: "Files may not be that large here: raise the limit",
  EROFS: "The disk is read-only: make it writable",
  EACCES: "You may not write there: change the permissions",
  EPERM: "You may not write there: change the permissions",
};

/** The code of an error of the file system; undefined for any other. */
export function fileErrorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && "syscall" in error ? String(error.code) : undefined;
}

/** What went wrong in writing `path`, as a CheckpointError with advice; an error of another kind as it is. */
export function writeError(path: string, error: unknown): unknown {
  const code = fileErrorCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  const reason = error.message.replace(/^\w+: /, "");
  return new CheckpointError(`${path}: expected to write it, got ${code} (${reason}). ${advice[code] ?? "Look at the disk"}.`, {
    cause: error,
  });
}

/** Makes the names in a folder last through a power cut. */
export function syncFolder(path: string): void {
  // Windows opens no folders; its file systems keep a journal of names.
  if (process.platform === "win32") return;
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const partialPrefix = ".partial-";

/** The name of a file or folder until it is whole. */
export function partialName(name: string): string {
  return partialPrefix + name;
}

/** Whether that is the name of something whose writing was interrupted, or goes on. */
export function isPartial(name: string): boolean {
  return name.startsWith(partialPrefix);
}

/** Writes a file that has either its old content or the new one at any time. Throws a CheckpointError. */
export function writeFileWhole(path: string, content: string | Uint8Array): void {
  const partial = join(dirname(path), partialName(basename(path)));
  try {
    writeFileSync(partial, content, { flush: true });
    renameSync(partial, path);
    syncFolder(dirname(path));
  } catch (error) {
    removeQuietly(partial);
    throw writeError(path, error);
  }
}

/** Removes a file or folder; where that fails, it is left to the next time. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if (fileErrorCode(error) === undefined) throw error;
  }
}

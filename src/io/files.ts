/**
 * The only writer of files: a file or folder under its final name is always whole, even after a power cut. The exceptions
 * append (JSON lines, TensorBoard's event files), create exclusively (the lock of a run), or write into a folder that
 * `createFolderWhole` renames once it is complete.
 */
import { createHash, randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants, hostname } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { CheckpointError } from "../errors.js";
import { isRunning, ownBoot, ownNamespace, startOf } from "./processes.js";

const advice: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full: free some space",
  EDQUOT: "Your share of the disk is used up: free some space",
  EFBIG: "Files may not be that large here: raise the limit",
  ESTALE: "The server of this disk has lost the file: look at its connection",
  EIO: "The disk reports an error: look at its health",
  EROFS: "The disk is read-only: make it writable",
  EACCES: "You may not write there: change the permissions",
  EPERM: "You may not write there: change the permissions",
};

/** The code that Node gives to errors without a name in Node, such as EDQUOT and ESTALE. */
const UNNAMED = /^Unknown system error -(\d+)/;

/** The code of an error of the file system; undefined for any other. */
export function fileErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error && "code" in error && "syscall" in error)) return undefined;
  const code = String(error.code);
  const number = UNNAMED.exec(code)?.[1];
  const [name] = Object.entries(constants.errno).find(([, value]) => value === Number(number)) ?? [code];
  return name;
}

/** A CheckpointError with advice for an error of the file system in writing `path`; other errors are returned as they are. */
export function writeError(path: string, error: unknown): unknown {
  const code = fileErrorCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  const reason = error.message.replace(/^[^:]*: /, "").replace(UNNAMED, code);
  return new CheckpointError(`${path}: expected to write it, got ${code} (${reason}). ${advice[code] ?? "Look at the disk"}.`, {
    cause: error,
  });
}

const refusals: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS"]);

/** Whether a CheckpointError of `writeError` says that the disk takes nothing more: it is full or read-only. */
export function takesNothing(error: unknown): boolean {
  return error instanceof CheckpointError && refusals.has(fileErrorCode(error.cause) ?? "");
}

/** Makes the names in a folder survive a power cut. */
export function syncFolder(path: string): void {
  // Windows cannot open folders. Its file systems keep names in a journal.
  if (process.platform === "win32") return;
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const partialPrefix = ".partial-";

/** `length` digits that stand for a text. */
function digitsOf(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

/** Stands for this boot of this machine or container, in which processes have numbers. */
const ownMachine = digitsOf(JSON.stringify([hostname(), ownNamespace(), ownBoot()]), 8);

/** Stands for a process on this machine, and for no earlier or later one of its number. */
function processDigits(pid: number): string {
  return `${pid.toString(16).padStart(7, "0")}-${digitsOf(startOf(pid), 8)}`;
}

const owner = `${ownMachine}-${processDigits(process.pid)}`;

/**
 * A temporary path beside `path` for a file or folder that is not yet whole. Its name has 45 characters however long the final
 * name is. It says which process owns it, and ends in random digits.
 */
export function partialPath(path: string): string {
  return join(dirname(path), `${partialPrefix}${owner}-${randomBytes(5).toString("hex")}`);
}

/** Whether a name is that of an unfinished file or folder: an interrupted one, or one that is being written. */
export function isPartial(name: string): boolean {
  return name.startsWith(partialPrefix);
}

/** An unfinished file whose owner cannot be looked up, as on another machine, is a leftover at this age, in milliseconds. */
const ABANDONED = 3_600_000;

/** Whether an unfinished file belongs to no process that still runs. */
function isLeftover(path: string): boolean {
  const [machine, number, start] = basename(path).slice(partialPrefix.length).split("-");
  if (machine === ownMachine && number !== undefined) {
    const pid = Number.parseInt(number, 16);
    return !isRunning(pid) || processDigits(pid) !== `${number}-${start}`;
  }
  const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return changed !== undefined && Date.now() - changed >= ABANDONED;
}

/** The names in a folder, or the paths below it; none if it cannot be read: sweeping is no reason to fail. */
function namesIn(folder: string, recursive: boolean): string[] {
  try {
    return readdirSync(folder, { recursive, encoding: "utf8" });
  } catch (error) {
    if (fileErrorCode(error) === undefined) throw error;
    return [];
  }
}

/** Removes all unfinished files from a folder in which only this process writes. */
export function sweepPartials(folder: string): void {
  for (const name of namesIn(folder, false)) if (isPartial(name)) removeQuietly(join(folder, name));
}

/**
 * Removes from a folder, with `recursive` also below it, the unfinished files that no running process owns: those of processes of
 * this machine that have ended, and those of other machines that are over an hour old.
 */
export function sweepLeftovers(folder: string, { recursive = false }: { readonly recursive?: boolean } = {}): void {
  for (const name of namesIn(folder, recursive)) {
    const path = join(folder, name);
    // What is in an unfinished folder goes with it.
    if (isPartial(basename(name)) && !isPartial(basename(dirname(path))) && isLeftover(path)) removeQuietly(path);
  }
}

const swept = new Set<string>();

/** Sweeps a folder of leftovers the first time that this process writes into it. */
function sweepOnce(folder: string): void {
  const path = resolve(folder);
  if (swept.has(path)) return;
  swept.add(path);
  sweepLeftovers(path);
}

/** Writes a file. At any time it has either its old content or the new one. Throws a CheckpointError. */
export function writeFileWhole(path: string, content: string | Uint8Array): void {
  writeFilesWhole([[path, content]]);
}

/**
 * Writes several files. All are complete on the disk before the first is renamed to its final name; they are renamed in
 * order. `beforeNames` runs in between. Throws a CheckpointError. If the disk is full, nothing changes.
 */
export function writeFilesWhole(files: readonly (readonly [path: string, content: string | Uint8Array])[], beforeNames = (): void => {}): void {
  const partials = files.map(([path]) => partialPath(path));
  for (const [path] of files) sweepOnce(dirname(path));
  let at = 0;
  try {
    for (const [index, [, content]] of files.entries()) {
      at = index;
      writeFileSync(partials[index] ?? "", content, { flush: true });
    }
    beforeNames();
    for (const [index, [path]] of files.entries()) {
      at = index;
      renameSync(partials[index] ?? "", path);
    }
    for (const folder of new Set(files.map(([path]) => dirname(path)))) syncFolder(folder);
  } catch (error) {
    for (const partial of partials) removeQuietly(partial);
    throw writeError(files[at]?.[0] ?? "", error);
  }
}

/**
 * Replaces a folder, which is always whole or absent: `fill` writes into a new folder beside it, which is then renamed. Throws
 * a CheckpointError.
 */
export function writeFolderWhole(path: string, fill: (partial: string) => void): void {
  const partial = partialPath(path);
  sweepOnce(dirname(path));
  try {
    mkdirSync(partial, { recursive: true });
    fill(partial);
    syncFolder(partial);
    removeFolder(path);
    renameSync(partial, path);
    syncFolder(dirname(path));
  } catch (error) {
    removeQuietly(partial);
    throw writeError(path, error);
  }
}

/**
 * Creates a folder, which is always whole or absent: `fill` writes into a new folder beside it, which is then renamed. If
 * another process was faster, its folder stays. If `fill` rejects, so does this function, and the new folder is removed.
 */
export async function createFolderWhole(path: string, fill: (partial: string) => Promise<void>): Promise<void> {
  const partial = partialPath(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  sweepOnce(dirname(path));
  mkdirSync(partial, { mode: 0o755 });
  try {
    await fill(partial);
    nameUnlessThere(partial, path);
  } finally {
    removeQuietly(partial);
  }
}

function nameUnlessThere(partial: string, path: string): void {
  try {
    renameSync(partial, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}

/** Removes a folder. It is renamed first, so that it is never seen half empty. Throws a CheckpointError. */
export function removeFolder(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })) return;
  const hidden = partialPath(path);
  try {
    renameSync(path, hidden);
    rmSync(hidden, { recursive: true, force: true });
  } catch (error) {
    throw writeError(path, error);
  }
}

/** Removes a file or folder. A failure is ignored, because the next start tries again. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if (fileErrorCode(error) === undefined) throw error;
  }
}

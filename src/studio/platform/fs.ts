/** `node:fs` for a worker of the studio: the functions that trainings call, over a tree of files in memory. */
import { bytesOf, FileError, FileTree, sizeOf, type Content, type Entry } from "../disk/file-tree.js";

/** The files of this worker. */
export const tree = new FileTree();

/** What is known of a file or folder. */
export interface Stats {
  readonly size: number;
  readonly mtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

export interface Dirent {
  readonly name: string;
  isFile(): boolean;
  isDirectory(): boolean;
}

function bytesFor(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}

function statsOf(entry: Entry): Stats {
  return {
    size: entry.kind === "file" ? sizeOf(entry.content) : 0,
    mtimeMs: entry.changed,
    isFile: () => entry.kind === "file",
    isDirectory: () => entry.kind === "folder",
  };
}

export function statSync(path: string): Stats;
export function statSync(path: string, options: { readonly throwIfNoEntry: false }): Stats | undefined;
export function statSync(path: string, { throwIfNoEntry = true } = {}): Stats | undefined {
  const found = tree.find(path);
  if (found) return statsOf(found);
  if (throwIfNoEntry) throw new FileError("ENOENT", "stat", path);
  return undefined;
}

export function existsSync(path: string): boolean {
  try {
    return tree.find(path) !== undefined;
  } catch {
    return false;
  }
}

/** There are no links. */
export function realpathSync(path: string): string {
  statSync(path);
  return path;
}

export function readFileSync(path: string): Uint8Array;
export function readFileSync(path: string, encoding: "utf8"): string;
export function readFileSync(path: string, encoding?: "utf8"): Uint8Array | string {
  const bytes = bytesOf(tree.read(path));
  return encoding === undefined ? bytes : textOf(bytes);
}

/** As text, with the mark of byte order that Node keeps. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** The memory of a content is taken over. */
export function writeFileSync(path: string, data: string | Uint8Array, { flag = "w" }: { readonly flag?: string; readonly flush?: boolean } = {}): void {
  tree.write(path, bytesFor(data), { isNew: flag === "wx" });
}

export function appendFileSync(path: string, data: string | Uint8Array): void {
  tree.append(path, bytesFor(data));
}

export function truncateSync(path: string, length: number): void {
  tree.write(path, bytesOf(tree.read(path)).slice(0, length));
}

export function mkdirSync(path: string, options: { readonly recursive?: boolean; readonly mode?: number } = {}): void {
  tree.makeFolder(path, options);
}

export function renameSync(from: string, to: string): void {
  tree.rename(from, to);
}

export function rmSync(path: string, options: { readonly recursive?: boolean; readonly force?: boolean } = {}): void {
  tree.remove(path, options);
}

interface ListOptions {
  readonly encoding?: "utf8" | "buffer";
  readonly recursive?: boolean;
  readonly withFileTypes?: boolean;
}

export function readdirSync(path: string, options?: { readonly encoding?: "utf8"; readonly recursive?: boolean }): string[];
export function readdirSync(path: string, options: { readonly encoding: "buffer" }): Uint8Array[];
export function readdirSync(path: string, options: { readonly recursive?: boolean; readonly withFileTypes: true }): Dirent[];
export function readdirSync(path: string, { encoding, recursive = false, withFileTypes = false }: ListOptions = {}): (string | Uint8Array | Dirent)[] {
  const names = recursive ? tree.listAll(path) : tree.list(path);
  if (encoding === "buffer") return names.map(bytesFor);
  if (!withFileTypes) return names;
  return names.map((below) => {
    const kind = tree.find(`${path}/${below}`)?.kind;
    return { name: below.split("/").at(-1) ?? below, isFile: () => kind === "file", isDirectory: () => kind === "folder" };
  });
}

/** The paths of open files and folders, by their descriptors. */
const opened = new Map<number, string>();
let descriptors = 0;

export function openSync(path: string): number {
  statSync(path);
  opened.set(++descriptors, path);
  return descriptors;
}

export function closeSync(descriptor: number): void {
  opened.delete(descriptor);
}

/** Nothing to do: what is in memory is kept by `RunKeeper`. */
export function fsyncSync(): void {}

export function readSync(descriptor: number, into: Uint8Array, offset: number, length: number, position: number): number {
  const bytes = bytesOf(partOf(tree.read(opened.get(descriptor) ?? ""), position, length));
  into.set(bytes, offset);
  return bytes.length;
}

/** A part of a content, of which nothing else is read. */
export function partOf(content: Content, start: number, length: number): Content {
  return content instanceof Blob ? content.slice(start, start + length) : content.subarray(start, start + length);
}

/** Files and folders in a worker's memory, with the rules of a file system. */
import { dirname, normalize } from "pathe";

/** The bytes of a file, which never change: a change gives the file another content. A blob may be on the disk. */
export type Content = Uint8Array | Blob;

/** What is at a path. */
export type Entry = { readonly kind: "folder"; readonly changed: number } | { readonly kind: "file"; readonly content: Content; readonly changed: number };

const meanings = {
  ENOENT: "no such file or directory",
  EEXIST: "file already exists",
  ENOTDIR: "not a directory",
  EISDIR: "illegal operation on a directory",
  ENOTEMPTY: "directory not empty",
} as const;

/** An error as Node's file system throws it. */
export class FileError extends Error {
  readonly code: keyof typeof meanings;
  readonly syscall: string;

  constructor(code: keyof typeof meanings, syscall: string, path: string) {
    super(`${code}: ${meanings[code]}, ${syscall} '${path}'`);
    this.code = code;
    this.syscall = syscall;
  }
}

/** The name of an entry: its path from the root, which is "". */
function keyOf(path: string): string {
  return normalize(`/${path}`).replace(/^\/+|\/+$/g, "");
}

function parentOf(key: string): string {
  return keyOf(dirname(`/${key}`));
}

export function sizeOf(content: Content): number {
  return content instanceof Blob ? content.size : content.length;
}

/** All bytes of a content. Blobs can only be read at once in a worker. */
export function bytesOf(content: Content): Uint8Array {
  return content instanceof Blob ? new Uint8Array(new FileReaderSync().readAsArrayBuffer(content)) : content;
}

/** A tree of files. Paths are relative to its root, also those that begin with a slash. */
export class FileTree {
  readonly #entries = new Map<string, Entry>([["", { kind: "folder", changed: Date.now() }]]);
  /** Called after every change. */
  onChange: () => void = () => {};

  /** What is at a path; undefined if nothing is. Throws ENOTDIR for a path through a file. */
  find(path: string, syscall = "stat"): Entry | undefined {
    const key = keyOf(path);
    const found = this.#entries.get(key);
    if (!found && this.#hasFileAbove(key)) throw new FileError("ENOTDIR", syscall, path);
    return found;
  }

  /** The content of a file. */
  read(path: string, syscall = "open"): Content {
    const found = this.find(path, syscall);
    if (!found) throw new FileError("ENOENT", syscall, path);
    if (found.kind === "folder") throw new FileError("EISDIR", "read", path);
    return found.content;
  }

  /** Gives a file its content, which must not be changed afterwards. `isNew`: throws EEXIST if there is one. */
  write(path: string, content: Content, { isNew = false } = {}): void {
    const found = this.find(path, "open");
    if (found && isNew) throw new FileError("EEXIST", "open", path);
    if (found?.kind === "folder") throw new FileError("EISDIR", "open", path);
    this.#put("open", path, { kind: "file", content, changed: Date.now() });
  }

  /** Adds bytes to the end of a file, which is created if necessary. */
  append(path: string, bytes: Uint8Array): void {
    const before = this.find(path, "open") ? bytesOf(this.read(path)) : new Uint8Array();
    this.write(path, appended(before, bytes));
  }

  /** The names in a folder, in order. */
  list(path: string): string[] {
    return this.listAll(path).filter((below) => !below.includes("/"));
  }

  /** The paths of everything below a folder, relative to it. */
  listAll(path: string): string[] {
    const found = this.find(path, "scandir");
    if (!found) throw new FileError("ENOENT", "scandir", path);
    if (found.kind === "file") throw new FileError("ENOTDIR", "scandir", path);
    const start = keyOf(path) === "" ? "" : `${keyOf(path)}/`;
    return [...this.#entries.keys()].flatMap((key) => (key.length > start.length && key.startsWith(start) ? [key.slice(start.length)] : [])).sort();
  }

  /** Creates a folder. `recursive`: also those above it, and without an error if it is there. */
  makeFolder(path: string, { recursive = false } = {}): void {
    const key = keyOf(path);
    const found = this.find(path, "mkdir");
    if (found?.kind === "folder" && recursive) return;
    if (found) throw new FileError("EEXIST", "mkdir", path);
    if (recursive && !this.#entries.has(parentOf(key))) this.makeFolder(parentOf(key), { recursive });
    this.#put("mkdir", path, { kind: "folder", changed: Date.now() });
  }

  /** Moves a file or folder. A file takes the place of another file, and a folder that of an empty one. */
  rename(from: string, to: string): void {
    const moved = this.find(from, "rename");
    if (!moved) throw new FileError("ENOENT", "rename", from);
    const target = this.find(to, "rename");
    if (target?.kind === "folder" && moved.kind === "file") throw new FileError("EISDIR", "rename", from);
    if (target?.kind === "file" && moved.kind === "folder") throw new FileError("ENOTDIR", "rename", from);
    if (target?.kind === "folder" && this.list(to).length > 0) throw new FileError("ENOTEMPTY", "rename", from);
    this.#put("rename", to, moved);
    const [old, key] = [keyOf(from), keyOf(to)];
    if (old === key) return;
    for (const [one, entry] of this.#entries) {
      if (one.startsWith(`${old}/`)) {
        this.#entries.set(`${key}${one.slice(old.length)}`, entry);
        this.#entries.delete(one);
      }
    }
    this.#entries.delete(old);
  }

  /** Removes a file, or with `recursive` a folder with all that is in it. `force`: without an error if there is nothing. */
  remove(path: string, { recursive = false, force = false } = {}): void {
    const key = keyOf(path);
    const found = this.find(path, "rm");
    if (!found && force) return;
    if (!found) throw new FileError("ENOENT", "rm", path);
    if (found.kind === "folder" && !recursive) throw new FileError("EISDIR", "rm", path);
    for (const one of this.#entries.keys()) if (one === key || one.startsWith(`${key}/`)) this.#entries.delete(one);
    this.onChange();
  }

  /** All entries by their paths, as they are now. */
  entries(): ReadonlyMap<string, Entry> {
    return new Map([...this.#entries].filter(([key]) => key !== ""));
  }

  /** Replaces the content of a file by the same bytes in another place, if it still has that content. */
  relocate(path: string, content: Content, same: Content): void {
    const found = this.#entries.get(keyOf(path));
    if (found?.kind === "file" && found.content === content) this.#entries.set(keyOf(path), { ...found, content: same });
  }

  /** Empties the tree. */
  clear(): void {
    for (const key of this.#entries.keys()) if (key !== "") this.#entries.delete(key);
  }

  #hasFileAbove(key: string): boolean {
    for (let above = parentOf(key); above !== ""; above = parentOf(above)) if (this.#entries.get(above)?.kind === "file") return true;
    return false;
  }

  #put(syscall: string, path: string, entry: Entry): void {
    const key = keyOf(path);
    const parent = this.#entries.get(parentOf(key));
    if (!parent) throw new FileError("ENOENT", syscall, path);
    if (parent.kind === "file") throw new FileError("ENOTDIR", syscall, path);
    this.#entries.set(key, entry);
    this.onChange();
  }
}

/** Bytes with others after them. Memory is taken in advance, so that a log does not move with each of its lines. */
function appended(before: Uint8Array, bytes: Uint8Array): Uint8Array {
  const [length, end] = [before.length + bytes.length, before.byteOffset + before.length];
  const room = rooms.get(before.buffer);
  if (room === end && end + bytes.length <= before.buffer.byteLength) {
    new Uint8Array(before.buffer).set(bytes, end);
    rooms.set(before.buffer, end + bytes.length);
    return new Uint8Array(before.buffer, before.byteOffset, length);
  }
  const grown = new Uint8Array(Math.max(1024, 2 * length));
  grown.set(before);
  grown.set(bytes, before.length);
  rooms.set(grown.buffer, length);
  return grown.subarray(0, length);
}

/** Where the free part of memory begins that `appended` took in advance. */
const rooms = new WeakMap<ArrayBufferLike, number>();

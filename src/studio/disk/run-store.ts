/** The files of one run in the origin private file system, from where they come back after a reload. */
import type { Content, Entry, FileTree } from "./file-tree.js";
import { sizeOf } from "./file-tree.js";
import { formatIndex, generationOf, indexName, parseIndex, type KeptFile, type KeptIndex, type RunNote } from "./kept-index.js";

/** A file with more bytes is read from the disk once it is kept, as pictures are; smaller ones, such as logs, stay in memory. */
const LARGE = 1 << 20;

async function readText(folder: FileSystemDirectoryHandle, name: string): Promise<string> {
  return (await (await folder.getFileHandle(name)).getFile()).text();
}

/** The files of a folder by their names, with their sizes where they are asked for. */
async function namesIn(folder: FileSystemDirectoryHandle): Promise<string[]> {
  const names: string[] = [];
  for await (const name of folder.keys()) names.push(name);
  return names;
}

async function writeFile(folder: FileSystemDirectoryHandle, name: string, content: Content): Promise<File> {
  const handle = await folder.getFileHandle(name, { create: true });
  const bytes = content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content;
  const access = await handle.createSyncAccessHandle();
  try {
    access.truncate(0);
    access.write(bytes, { at: 0 });
    access.flush();
  } finally {
    access.close();
  }
  return handle.getFile();
}

/** The newest whole state in a run's folder, with its files. */
async function newestState(folder: FileSystemDirectoryHandle): Promise<{ readonly index: KeptIndex; readonly files: ReadonlyMap<string, File> } | undefined> {
  const names = await namesIn(folder);
  const generations = names.flatMap((name) => generationOf(name) ?? []).sort((a, b) => b - a);
  for (const generation of generations) {
    const index = parseIndex(await readText(folder, indexName(generation)));
    const files = index && (await filesOf(folder, index, new Set(names)));
    if (files) return { index, files };
  }
  return undefined;
}

/** The files of a state by path; undefined if one is missing. */
async function filesOf(folder: FileSystemDirectoryHandle, index: KeptIndex, names: ReadonlySet<string>): Promise<ReadonlyMap<string, File> | undefined> {
  const files = new Map<string, File>();
  for (const { path, blob, bytes } of index.files) {
    if (!names.has(blob)) return undefined;
    const file = await (await folder.getFileHandle(blob)).getFile();
    if (file.size !== bytes) return undefined;
    files.set(path, file);
  }
  return files;
}

/** The newest whole state of a run; undefined if there is none. */
export async function readIndex(folder: FileSystemDirectoryHandle): Promise<KeptIndex | undefined> {
  return (await newestState(folder))?.index;
}

/**
 * Keeps the files of a tree in a folder of the origin private file system. A state is kept in three parts: new contents under new
 * names, then a new index, then the removal of what the index does not name. So at any instant there is a whole state, the one
 * before or the new one.
 */
export class RunStore {
  readonly #folder: FileSystemDirectoryHandle;
  readonly #tree: FileTree;
  /** Where contents are kept: several paths may have one content. */
  readonly #blobs = new WeakMap<Content, { readonly blob: string; readonly file: File }>();
  #generation = 0;
  #nextBlob = 0;

  constructor(folder: FileSystemDirectoryHandle, tree: FileTree) {
    this.#folder = folder;
    this.#tree = tree;
  }

  /** Fills the tree with the newest whole state. Returns its note; undefined, and an empty tree, if there is none. */
  async load(): Promise<RunNote | undefined> {
    this.#tree.clear();
    await this.#continueNames();
    const state = await newestState(this.#folder);
    if (!state) return undefined;
    for (const path of state.index.folders) this.#tree.makeFolder(path, { recursive: true });
    for (const { path, blob } of state.index.files) {
      const file = state.files.get(path);
      if (!file) continue;
      const content = file.size > LARGE || path.startsWith("data/") ? file : new Uint8Array(await file.arrayBuffer());
      this.#blobs.set(content, { blob, file });
      this.#tree.write(path, content);
    }
    return state.index.note;
  }

  /** Keeps the tree as it is now. Throws the browser's error if there is no room; the state before is then still whole. */
  async keep(note: RunNote): Promise<void> {
    const entries = this.#tree.entries();
    const files: KeptFile[] = [];
    for (const [path, entry] of entries) {
      if (entry.kind === "file") files.push({ path, blob: await this.#keepContent(path, entry.content), bytes: sizeOf(entry.content) });
    }
    const index: KeptIndex = { generation: ++this.#generation, note, files, folders: foldersIn(entries) };
    await writeFile(this.#folder, indexName(index.generation), new TextEncoder().encode(formatIndex(index)));
    const wanted = new Set([indexName(index.generation), ...files.map(({ blob }) => blob)]);
    for (const name of await namesIn(this.#folder)) if (!wanted.has(name)) await this.#folder.removeEntry(name);
  }

  async #keepContent(path: string, content: Content): Promise<string> {
    const kept = this.#blobs.get(content) ?? (await this.#writeContent(content));
    const { blob, file } = kept;
    if (content !== file && (file.size > LARGE || content instanceof Blob)) this.#tree.relocate(path, content, file);
    return blob;
  }

  async #writeContent(content: Content): Promise<{ readonly blob: string; readonly file: File }> {
    const blob = `blob-${this.#nextBlob++}`;
    const kept = { blob, file: await writeFile(this.#folder, blob, content) };
    this.#blobs.set(content, kept);
    this.#blobs.set(kept.file, kept);
    return kept;
  }

  /** No name is used twice, whatever a worker that was ended has left. */
  async #continueNames(): Promise<void> {
    const names = await namesIn(this.#folder);
    this.#generation = Math.max(0, ...names.flatMap((name) => generationOf(name) ?? []));
    this.#nextBlob = 1 + Math.max(-1, ...names.flatMap((name) => (name.startsWith("blob-") ? [Number(name.slice(5))] : [])));
  }
}

function foldersIn(entries: ReadonlyMap<string, Entry>): string[] {
  return [...entries].flatMap(([path, { kind }]) => (kind === "folder" ? [path] : []));
}

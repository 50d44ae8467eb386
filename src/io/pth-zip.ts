/**
 * PyTorch's file since 1.6: a zip of one folder with `data.pkl`, a pickle, and `data/<key>`, a storage's bytes each.
 *
 * Source: https://pytorch.org/docs/stable/notes/serialization.html
 */
import { Uint8ArrayWriter, ZipReader, type FileEntry } from "@zip.js/zip.js/index-native.js";
import { CheckpointError } from "../errors.js";
import { ByteCursor } from "./byte-cursor.js";
import { foreignZip } from "./foreign-file.js";
import { PthReader } from "./pth-reader.js";
import type { StoredTensor } from "./safetensors.js";
import { torchHost } from "./torch-objects.js";
import { namedTensors, readTensors } from "./torch-tensors.js";
import { unpickle } from "./unpickle.js";

const ENTRY_LIMIT = 20_000;
const PICKLE_LIMIT = 64 * 2 ** 20;
/** Weights hardly compress, and torch.save does not compress. An archive that expands to far more than its size is a bomb. */
const EXPANSION_LIMIT = 4;
const EXPANSION_FLOOR = 2 ** 20;

/** An archive's files by their names without the folder. All reads count against one budget. */
interface Archive {
  has(name: string): boolean;
  /** Throws when the file is missing, larger than `limit`, or damaged. */
  read(name: string, limit: number): Promise<Uint8Array>;
}

/** Entries must not overlap, and checksums and sizes must be right. */
const readerOptions = { useWebWorkers: false, checkOverlappingEntry: true, checkCrc32: true } as const;

async function listEntries(file: Uint8Array, where: string): Promise<Map<string, FileEntry>> {
  const entries = new Map<string, FileEntry>();
  for await (const entry of new ZipReader(new PthReader(file), readerOptions).getEntriesGenerator()) {
    if (entries.size >= ENTRY_LIMIT) throw new CheckpointError(`${where}: expected at most ${ENTRY_LIMIT} files in the zip, got more.`);
    if (entry.directory) continue;
    if (entries.has(entry.filename)) {
      throw new CheckpointError(`${where}: expected one file ${JSON.stringify(entry.filename)} in the zip, got two.`);
    }
    entries.set(entry.filename, entry);
  }
  return entries;
}

async function openArchive(file: Uint8Array, where: string): Promise<Archive> {
  const entries = await damaged(where, () => listEntries(file, where));
  const foreign = foreignZip([...entries.keys()]);
  if (foreign) throw new CheckpointError(`${where}: expected PyTorch's .pth or .safetensors, got ${foreign.kind}. ${foreign.advice}`);
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle = ""] = pickles;
  if (pickles.length !== 1) {
    throw new CheckpointError(`${where}: expected a zip with one <folder>/data.pkl, as torch.save writes, got ${pickles.length}.`);
  }
  const folder = pickle.slice(0, -"data.pkl".length);
  let budget = Math.max(EXPANSION_LIMIT * file.length, EXPANSION_FLOOR);
  return {
    has: (name) => entries.has(folder + name),
    async read(name, limit) {
      const entry = entries.get(folder + name);
      if (!entry) throw new CheckpointError(`${where}: expected ${JSON.stringify(name)} in the zip, got none. It is damaged.`);
      const { uncompressedSize: size } = entry;
      budget -= size;
      if (size > limit || budget < 0) {
        throw new CheckpointError(
          `${where}: expected at most ${Math.min(limit, budget + size)} bytes in ${JSON.stringify(name)} of the zip, got ${size}.`,
        );
      }
      return damaged(`${where}: ${name}`, () => entry.getData(new Uint8ArrayWriter(), readerOptions));
    },
  };
}

/** The result of `read`. An error of the zip library becomes a CheckpointError. */
async function damaged<T>(where: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CheckpointError(`${where}: expected a valid zip file, got one that is cut short or damaged (${reason}).`);
  }
}

/** The tensors of a file. Throws a CheckpointError that begins with `where` for a damaged file. */
export async function readPthZip(file: Uint8Array, where: string): Promise<Map<string, StoredTensor>> {
  const archive = await openArchive(file, where);
  await checkByteOrder(archive, where);
  const pickle = await archive.read("data.pkl", PICKLE_LIMIT);
  const tensors = namedTensors(unpickle(new ByteCursor(pickle, `${where}: data.pkl`), torchHost(where)), where);
  const storages = new Map<string, Uint8Array>();
  for (const { storage } of tensors.values()) {
    const { key, storedBytes } = storage;
    if (!storages.has(key)) storages.set(key, await archive.read(`data/${key}`, storedBytes));
  }
  return readTensors(tensors, storages, where);
}

async function checkByteOrder(archive: Archive, where: string): Promise<void> {
  if (!archive.has("byteorder")) return;
  const order = new TextDecoder().decode(await archive.read("byteorder", 16));
  if (order !== "little") {
    throw new CheckpointError(`${where}: expected little-endian values, got ${JSON.stringify(order)}. Save it again on another machine.`);
  }
}

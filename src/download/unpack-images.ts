/** Unpacks the images of a data set from an archive, whoever made it. */
import { mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasImageName } from "../data/scan-folder.js";
import { DataError } from "../errors.js";
import { fileErrorCode, writeError } from "../io/files.js";
import { readArchive, type ArchiveEntry } from "./archive.js";
import type { Layout } from "./data-sets.js";

/** The folders of a data set. Those of training are required. */
const folders: Readonly<Record<Layout, { readonly required: readonly string[]; readonly others: readonly string[] }>> = {
  domains: { required: ["trainA", "trainB"], others: ["testA", "testB"] },
  pairs: { required: ["train"], others: ["test", "val"] },
};

/** More entries than any of these data sets has. */
const ENTRY_LIMIT = 400_000;
const IMAGE_LIMIT = 64 * 2 ** 20;
/** Images are compressed already. An archive that expands to far more than its size is a bomb. */
const EXPANSION_LIMIT = 4;
const EXPANSION_FLOOR = 16 * 2 ** 20;

/** "1067 in trainA, 1334 in trainB". */
export function formatCounts(images: ReadonlyMap<string, number>): string {
  return [...images].map(([name, count]) => `${count} in ${name}`).join(", ");
}

export interface UnpackOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (images: number) => void;
}

/** Whether a path leads out of the folder in which it is unpacked, on some system. */
function leadsOut(path: string): boolean {
  return /^\/|\\|^[a-z]:|\0/i.test(path) || path.split("/").includes("..");
}

/** Checks the entries of an archive against its size, and writes the images among them into a folder. */
class Unpacker {
  readonly #archive: string;
  readonly #folder: string;
  readonly #known: readonly string[];
  readonly #options: UnpackOptions;
  readonly #made = new Set<string>();
  #entries = 0;
  #budget: number;
  #images = 0;
  /** The number of images in each folder. */
  readonly counts = new Map<string, number>();

  constructor(archive: string, folder: string, layout: Layout, options: UnpackOptions) {
    this.#archive = archive;
    this.#folder = folder;
    this.#known = [...folders[layout].required, ...folders[layout].others];
    this.#options = options;
    this.#budget = Math.max(EXPANSION_FLOOR, EXPANSION_LIMIT * statSync(archive).size);
  }

  wants(entry: ArchiveEntry): boolean {
    this.#options.signal.throwIfAborted();
    this.#check(entry);
    return entry.kind === "file" && this.#placeOf(entry.path) !== undefined;
  }

  take({ path }: ArchiveEntry, content: Uint8Array): void {
    const place = this.#placeOf(path) ?? [];
    const file = join(this.#folder, ...place);
    try {
      const folder = dirname(file);
      if (!this.#made.has(folder)) mkdirSync(folder, { recursive: true });
      this.#made.add(folder);
      writeFileSync(file, content, { flag: "wx" });
    } catch (error) {
      if (fileErrorCode(error) === "EEXIST") throw this.#refusal(`two files of the name ${JSON.stringify(path)}`);
      throw writeError(file, error);
    }
    const [name = ""] = place;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    this.#options.onProgress(++this.#images);
  }

  /** Where an image belongs: below a folder of the data set, whatever is above that in the archive. Undefined for all other files. */
  #placeOf(path: string): readonly string[] | undefined {
    const names = path.split("/").filter((name) => name !== "" && name !== ".");
    const at = names.slice(0, -1).findIndex((name) => this.#known.includes(name));
    const isHidden = names.some((name) => name.startsWith(".") || name === "__MACOSX");
    return at < 0 || isHidden || !hasImageName(path) ? undefined : names.slice(at);
  }

  #check({ path, kind, size }: ArchiveEntry): void {
    const name = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
    if (leadsOut(path)) throw this.#refusal(`one with a path that leads out of its folder, ${name}`);
    if (kind === "other") throw this.#refusal(`a link or a device in it, ${name}`);
    if (size > IMAGE_LIMIT) throw this.#refusal(`a file of ${size} bytes in it, ${name}`);
    this.#budget -= size;
    if (this.#budget < 0) throw this.#refusal("one that expands to more than four times its size");
    if (++this.#entries > ENTRY_LIMIT) throw this.#refusal(`one of more than ${ENTRY_LIMIT} files`);
  }

  #refusal(got: string): DataError {
    return new DataError(`${this.#archive}: expected an archive of images, got ${got}. Nothing of it is kept.`);
  }
}

/**
 * Unpacks the images of the folders that a data set has into `folder`, and returns how many each has. All other files are left out.
 * A `val` without a `test` becomes `test`, the name by which held-out images are found.
 *
 * Throws a DataError for an archive that is damaged, hostile, or has no images to train on; a CheckpointError if an image cannot
 * be written; an AbortError if the signal ends it.
 */
export async function unpackImages(archive: string, folder: string, layout: Layout, options: UnpackOptions): Promise<ReadonlyMap<string, number>> {
  const unpacker = new Unpacker(archive, folder, layout, options);
  await readArchive(archive, unpacker);
  const { counts } = unpacker;
  const { required, others } = folders[layout];
  const missing = required.filter((name) => !counts.has(name));
  if (missing.length > 0) {
    const found = counts.size === 0 ? "none in any folder of a data set" : formatCounts(counts);
    throw new DataError(`${archive}: expected images in ${missing.join(" and ")}, got ${found}. It is another data set.`);
  }
  const held = counts.get("val");
  if (held !== undefined && !counts.has("test")) {
    renameSync(join(folder, "val"), join(folder, "test"));
    counts.set("test", held);
    counts.delete("val");
  }
  return new Map([...required, ...others].flatMap((name) => (counts.has(name) ? [[name, counts.get(name) ?? 0]] : [])));
}

/** Which images a run was trained on, so that a later session can say what has changed. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DataListing } from "../data/image-folder.js";
import { writeFileWhole } from "../io/files.js";
import { isJsonObject } from "../io/parse-json.js";

/** The file with the images of a fingerprint. Its name has the fingerprint, because checkpoints of one run may have several. */
function listPath(checkpoints: string, fingerprint: string): string {
  return join(checkpoints, `images-${fingerprint.slice(0, 16)}.json`);
}

/** Writes the names and sizes of the images beside a run's checkpoints, unless they are there. Throws a CheckpointError. */
export function keepImageList(checkpoints: string, { fingerprint, bytes }: DataListing): void {
  const path = listPath(checkpoints, fingerprint);
  if (!statSync(path, { throwIfNoEntry: false })) writeFileWhole(path, JSON.stringify(Object.fromEntries(bytes)));
}

/** The sizes by name; undefined if the list is missing, as in runs of older versions, or cannot be read. */
function readImageList(checkpoints: string, fingerprint: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(listPath(checkpoints, fingerprint), "utf8"));
    return isJsonObject(value) ? new Map(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

/** Such as `2 added (A/new.png, B/other.png)`; none if there are none. */
function counted(names: readonly string[], what: string): string[] {
  const shown = names.slice(0, 3).join(", ");
  return names.length === 0 ? [] : [`${names.length} ${what} (${names.length > 3 ? `${shown}, …` : shown})`];
}

/** How the images differ from those of a fingerprint, in a phrase. */
export function describeChange(checkpoints: string, fingerprint: string, now: DataListing): string {
  const before = readImageList(checkpoints, fingerprint);
  if (!before) return "the run has no list that says which";
  const [old, current] = [[...before.keys()], [...now.bytes.keys()]];
  return [
    ...counted(current.filter((name) => !before.has(name)), "added"),
    ...counted(old.filter((name) => !now.bytes.has(name)), "removed"),
    ...counted(current.filter((name) => before.has(name) && before.get(name) !== now.bytes.get(name)), "of another size"),
  ].join(", ");
}

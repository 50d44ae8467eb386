/** The image files of a folder, and of a data set. */
import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { DataError } from "../errors.js";
import type { DatasetKind } from "./dataset.js";
import { describeLeftOut, scanFolder, type FolderScan } from "./scan-folder.js";

const KINDS = "png, jpg, webp, tiff, bmp, gif, avif";

function requireFolder(folder: string, purpose: string, advice: string): void {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return;
  throw new DataError(`${folder}: expected a folder ${purpose}, got ${stat ? "a file" : "nothing there"}. ${advice}`);
}

/** The scan of a folder with images; throws a DataError if there are none. */
function scanImages(folder: string, advice: string): FolderScan {
  requireFolder(folder, `of images (${KINDS})`, advice);
  let scan: FolderScan;
  try {
    scan = scanFolder(folder);
  } catch (cause) {
    throw new DataError(`${folder}: expected a folder that can be read, got ${String(cause)}.`, { cause });
  }
  if (scan.images.length > 0) return scan;
  const found = describeLeftOut(scan);
  throw new DataError(
    `${folder}: expected images (${KINDS}) in this folder or below it, got none${found === "" ? "" : `, but ${found}`}. ${advice}`,
  );
}

/**
 * Paths of all images in a folder and below it, sorted by code unit. `onMessage` is told what is left out, in a line. Throws a
 * DataError if there is no image.
 */
export function listImages(folder: string, advice = "Put images there or name another folder.", onMessage?: (text: string) => void): readonly string[] {
  const scan = scanImages(folder, advice);
  const leftOut = describeLeftOut(scan);
  if (leftOut !== "") onMessage?.(`${folder}: ${counted(scan.images.length)}; left out: ${leftOut}.`);
  return scan.images;
}

function counted(images: number): string {
  return `${images} ${images === 1 ? "image" : "images"}`;
}

/** The image files of a data set, by the key of their folder. */
export type ImageFiles = Readonly<Record<string, readonly string[]>>;

/** The images of a phase (`train`, `test`) of a data set. Throws a DataError that names the folder that is missing or empty. */
export function findImages(dataset: Pick<DatasetKind, "folders">, dataroot: string, phase: string): ImageFiles {
  return Object.fromEntries(scanPhase(dataset, dataroot, phase).map(([key, , { images }]) => [key, images]));
}

/** A line with the numbers of images in a phase of a data set, and what is left out. Throws as `findImages`. */
export function describeImages(dataset: Pick<DatasetKind, "folders">, dataroot: string, phase: string): string {
  const parts = scanPhase(dataset, dataroot, phase).map(([, name, scan]) => {
    const leftOut = describeLeftOut(scan);
    return `${name}: ${counted(scan.images.length)}${leftOut === "" ? "" : `, left out: ${leftOut}`}`;
  });
  return `${dataroot}: ${parts.join("; ")}.`;
}

function scanPhase({ folders: foldersOf }: Pick<DatasetKind, "folders">, dataroot: string, phase: string) {
  const folders = Object.entries(foldersOf(phase));
  const names = folders.map(([, name]) => name);
  const inside = names.length === 1 ? `the folder ${names[0]}` : `the folders ${names.join(" and ")}`;
  requireFolder(dataroot, `with ${inside}`, "Name the data set by --dataroot.");
  const advice = `A data set contains ${inside}${names.length === 1 ? "" : ", one for each domain"}.${similarFolders(dataroot, names)}`;
  return folders.map(([key, name]) => [key, name, scanImages(join(dataroot, name), advice)] as const);
}

/** `train/A`, `TrainA` and `train_a` are all like `trainA`. */
function plain(path: string): string {
  return path.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}

/** Folders in `dataroot`, at most two deep. */
function foldersBelow(dataroot: string, depth = 2): string[] {
  const names = readdirSync(dataroot, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const deeper = depth > 1 ? names.slice(0, 200) : [];
  return names.concat(deeper.flatMap((name) => foldersBelow(join(dataroot, name), depth - 1).map((below) => join(name, below))));
}

/** Advice about folders that may be meant; empty if there are none. */
function similarFolders(dataroot: string, names: readonly string[]): string {
  const wanted = names.map(plain);
  const found = foldersBelow(dataroot).filter((path) => !names.includes(path) && (wanted.includes(plain(path)) || names.includes(basename(path))));
  const [first] = found;
  if (first === undefined) return "";
  if (names.includes(basename(first))) return ` ${join(dataroot, first)} is there: use --dataroot ${join(dataroot, first, "..")}.`;
  return ` ${found.slice(0, 2).map((path) => join(dataroot, path)).join(" and ")} ${found.length > 1 ? "are" : "is"} there: rename ${found.length > 1 ? "them" : "it"}.`;
}

/** SHA-256 of the names and sizes of all training images in order. It does not depend on where the data set is. */
export function dataFingerprint(dataset: Pick<DatasetKind, "folders">, dataroot: string): string {
  const hash = createHash("sha256");
  const folders = dataset.folders("train");
  for (const [key, paths] of Object.entries(findImages(dataset, dataroot, "train"))) {
    const folder = join(dataroot, folders[key] ?? "");
    for (const path of paths) {
      const name = relative(folder, path).split(sep).join("/");
      // A file that has vanished is skipped in the training as well.
      hash.update(JSON.stringify([key, name, statSync(path, { throwIfNoEntry: false })?.size ?? null]));
    }
  }
  return hash.digest("hex");
}

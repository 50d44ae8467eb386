import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import type { Dirent } from "node:fs";
import { join, relative, sep } from "node:path";
import { DataError } from "../errors.js";
import type { DatasetKind } from "./dataset.js";

const EXTENSIONS = ["png", "jpg", "jpeg", "webp", "tif", "tiff", "bmp", "gif"];
const PATTERN = new RegExp(`\\.(${EXTENSIONS.join("|")})$`, "i");
const KINDS = EXTENSIONS.join(", ");

/** Whether a file's name looks like that of an image. */
export function hasImageName(path: string): boolean {
  return PATTERN.test(path);
}

function isFolder(entry: Dirent, path: string): boolean {
  if (entry.isSymbolicLink()) return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return entry.isDirectory();
}

/** Linked folders are not entered, so that no cycle can trap the walk; hidden files are not images to anybody. */
function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".")) return [];
    if (isFolder(entry, path)) return entry.isSymbolicLink() ? [] : walk(path);
    return hasImageName(entry.name) ? [path] : [];
  });
}

function requireFolder(folder: string, purpose: string, advice: string): void {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return;
  throw new DataError(`${folder}: expected a folder ${purpose}, got ${stat ? "a file" : "nothing there"}. ${advice}`);
}

/** Paths of all images in a folder and below it, sorted by code unit; throws a DataError when there is none. */
export function listImages(folder: string, advice = "Put images there or name another folder."): string[] {
  requireFolder(folder, `of images (${KINDS})`, advice);
  const paths = walk(folder).sort();
  if (paths.length === 0) {
    throw new DataError(`${folder}: expected images (${KINDS}) in this folder or below it, got none. ${advice}`);
  }
  return paths;
}

/** The image files of a data set, by the key of their folder. */
export type ImageFiles = Readonly<Record<string, readonly string[]>>;

/** The images of a phase (`train`, `test`) of a data set; throws a DataError that names the folder that is missing or empty. */
export function findImages(dataset: Pick<DatasetKind, "folders">, dataroot: string, phase: string): ImageFiles {
  const folders = Object.entries(dataset.folders(phase));
  const names = folders.map(([, name]) => name);
  const inside = names.length === 1 ? `the folder ${names[0]}` : `the folders ${names.join(" and ")}`;
  requireFolder(dataroot, `with ${inside}`, "Name the data set by --dataroot.");
  const advice = `A data set holds ${inside}${names.length === 1 ? "" : ", one for each domain"}.`;
  return Object.fromEntries(folders.map(([key, name]) => [key, listImages(join(dataroot, name), advice)]));
}

/** SHA-256 of the names and sizes of all training images in order. It does not depend on where the data set is. */
export function dataFingerprint(dataset: Pick<DatasetKind, "folders">, dataroot: string): string {
  const hash = createHash("sha256");
  const folders = dataset.folders("train");
  for (const [key, paths] of Object.entries(findImages(dataset, dataroot, "train"))) {
    const folder = join(dataroot, folders[key] ?? "");
    for (const path of paths) {
      const name = relative(folder, path).split(sep).join("/");
      hash.update(JSON.stringify([key, name, statSync(path).size]));
    }
  }
  return hash.digest("hex");
}

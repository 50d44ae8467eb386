import { readdirSync, statSync } from "node:fs";
import type { Dirent } from "node:fs";
import { join } from "node:path";
import { DataError } from "../errors.js";

const EXTENSIONS = ["png", "jpg", "jpeg", "webp", "tif", "tiff", "bmp", "gif"];
const PATTERN = new RegExp(`\\.(${EXTENSIONS.join("|")})$`, "i");
const KINDS = EXTENSIONS.join(", ");

/** Whether a file's name is one that an image would have. */
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

/** The two domains of a data set: the images of `<dataroot>/<phase>A` and `<dataroot>/<phase>B`. */
export function findDomains(dataroot: string, phase: string): { readonly a: string[]; readonly b: string[] } {
  const inside = `the folders ${phase}A and ${phase}B`;
  requireFolder(dataroot, `with ${inside}`, "Name the data set by --dataroot.");
  const domain = (letter: string): string[] =>
    listImages(join(dataroot, phase + letter), `A data set holds ${inside}, one for each domain.`);
  return { a: domain("A"), b: domain("B") };
}

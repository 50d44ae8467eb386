/** The image files of a folder and below it. */
import { statSync } from "node:fs";
import { extname, relative } from "node:path";
import { DataError, UnreachableError } from "../errors.js";
import { isPassing } from "./patience.js";
import { describeLeftOut, scanFolder, unreachable, type FolderScan, type LeftOutCounts } from "./scan-folder.js";

const KINDS = "png, jpg, webp, tiff, bmp, gif, avif, npy";

/** What is at a path; undefined if nothing is. Throws a DataError that names the path, or an UnreachableError. */
export function kindAt(path: string): "folder" | "file" | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found && (found.isDirectory() ? "folder" : "file");
  } catch (cause) {
    if (isPassing(cause)) throw unreachable(path, cause);
    throw new DataError(`${path}: expected a file or folder that can be read, got ${String(cause)}.`, { cause });
  }
}

/** Throws a DataError, with the purpose and advice, unless a folder is there. */
export function requireFolder(folder: string, purpose: string, advice: string): void {
  const found = kindAt(folder);
  if (found === "folder") return;
  throw new DataError(`${folder}: expected a folder ${purpose}, got ${found ? "a file" : "nothing there"}. ${advice}`);
}

/** The scan of a folder with images; throws a DataError if there are none. */
export function scanImages(folder: string, advice: string): FolderScan {
  requireFolder(folder, `of images (${KINDS})`, advice);
  let scan: FolderScan;
  try {
    scan = scanFolder(folder);
  } catch (cause) {
    if (cause instanceof UnreachableError) throw cause;
    throw new DataError(`${folder}: expected a folder that can be read, got ${String(cause)}.`, { cause });
  }
  if (scan.images.length > 0) return scan;
  const found = describeLeftOut(scan);
  throw new DataError(
    `${folder}: expected images (${KINDS}) in this folder or below it, ` +
      `got none${found === "" ? "" : `, but ${found}`}. ${advice}`,
  );
}

/**
 * Paths of all images in a folder and below it, sorted by code unit. `onScan` receives all that is there. Throws a DataError if
 * there is no image, an UnreachableError if the folder cannot be reached.
 */
export function listImages(folder: string, onScan?: (scan: FolderScan) => void): readonly string[] {
  const scan = scanImages(folder, "Put images there or name another folder.");
  onScan?.(scan);
  return scan.images;
}

/** Such as `photos: 12 images, left out: 2 files that are no images`. */
export function describeFound(place: string, images: number, counts: LeftOutCounts): string {
  const leftOut = describeLeftOut(counts);
  return `${place}: ${counted(images)}${leftOut === "" ? "" : `, left out: ${leftOut}`}`;
}

/** Such as `12 images`. */
export function counted(images: number): string {
  return `${images} ${images === 1 ? "image" : "images"}`;
}

/** Such as `5 masks (1.png, 2.png, 3.png, …)`: files of a folder. */
export function nameSome(folder: string, paths: readonly string[], one: string, several: string): string {
  const shown = paths.slice(0, 3).map((path) => relative(folder, path)).join(", ");
  return `${paths.length} ${paths.length === 1 ? one : several} (${paths.length > 3 ? `${shown}, …` : shown})`;
}

/** The path of an image in its folder, without extension. */
export function nameIn(folder: string, path: string): string {
  return withoutExtension(relative(folder, path));
}

/** A path without the extension of its file. */
export function withoutExtension(name: string): string {
  return name.slice(0, name.length - extname(name).length);
}

/** Files of a folder by their paths in it, without extension. Of several with one name, the first counts. */
export function pathsByName(folder: string, paths: readonly string[]): ReadonlyMap<string, string> {
  return new Map(paths.toReversed().map((path) => [nameIn(folder, path), path]));
}

/** The images of a folder by their names, as in `pathsByName`. Throws as `listImages`. */
export function imagesByName(folder: string): ReadonlyMap<string, string> {
  return pathsByName(folder, listImages(folder));
}

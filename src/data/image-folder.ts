/** The image files of a data set. */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { DataError } from "../errors.js";
import { Random } from "../random.js";
import type { DatasetKind, Direction } from "./dataset.js";
import { describeMasks, findFolderMasks, type FolderMasks } from "./folder-masks.js";
import { counted, describeFound, kindAt, nameIn, nameSome, requireFolder, scanImages } from "./list-images.js";
import { pairName } from "./pairs.js";
import { refuseLeftOut, type FolderScan } from "./scan-folder.js";

/** Where the images of a data set are: in `dataroot` or in folders below it, or in two folders of which a part is held out. */
export interface DataLocation {
  readonly dataroot: string;
  /** Folder of domain A; with `b`, in place of `dataroot`. */
  readonly a?: string;
  readonly b?: string;
  /** Percent of the images that are test images, in `a` and `b`, or in `dataroot` if a kind of data set has its phases there. */
  readonly holdOut?: number;
  /** Decides which images are held out. */
  readonly seed?: number;
  /** A folder of masks with the data set's folders, such as `trainA`, or with `A` and `B` for `a` and `b`. Images without a mask are left out. */
  readonly maskDir?: string;
  /** Decides whose masks a pair has: those of the images that are translated. Default `AtoB`. */
  readonly direction?: Direction;
}

/** The image files of a data set, by the key of their folder. */
export type ImageFiles = Readonly<Record<string, readonly string[]>>;

/** The images of a phase in one folder. */
interface PhaseFolder {
  readonly key: string;
  readonly folder: string;
  readonly images: readonly string[];
  /** Images without a partner in another folder, of a data set of pairs. */
  readonly single: readonly string[];
  /** Present if its images have masks. */
  readonly masks?: FolderMasks;
  /** The whole folder. */
  readonly scan: FolderScan;
}

/** What decides the folders of a data set. */
type FolderKind = Pick<DatasetKind, "folders" | "pairs" | "isSplit" | "apart" | "masks" | "source">;

/** The kind of data set at a location: `dataset`, or its kind with other folders if only those are there. */
export function datasetAt<Side extends string>(dataset: DatasetKind<Side>, location: DataLocation): DatasetKind<Side> {
  const { apart } = dataset;
  if (!apart) return dataset;
  if (namesFolders(location)) return apart;
  const isFolder = (name: string): boolean => kindAt(join(location.dataroot, name)) === "folder";
  const isThere = (kind: FolderKind): boolean => ["train", "test"].some((phase) => Object.values(kind.folders(phase)).every(isFolder));
  return !isThere(dataset) && isThere(apart) ? apart : dataset;
}

/**
 * The images of a phase (`train`, `test`) of a data set, such as `{ A: […], B: […] }` of `unpaired`. Throws a DataError
 * that names the folder that is missing or empty.
 */
export function findImages(dataset: FolderKind, location: DataLocation, phase: string): ImageFiles {
  return Object.fromEntries(foldersOf(dataset, location, phase).map(({ key, images }) => [key, images]));
}

/** The masks of the images of a phase, by the images' paths; none if no masks are used. Throws as `findImages`. */
export function findMasks(dataset: FolderKind, location: DataLocation, phase: string): ReadonlyMap<string, string> {
  return new Map(foldersOf(dataset, location, phase).flatMap(({ masks }) => Array.from(masks?.byImage ?? [])));
}

/** The folder that the names of a key's images are relative to. */
export function imageFolder(dataset: FolderKind, location: DataLocation, phase: string, key: string): string {
  return namesFolders(location) ? namedFolder(location, key) : join(location.dataroot, dataset.folders(phase)[key] ?? "");
}

/** A line with the numbers of images in a phase of a data set, and what is left out. Throws as `findImages`. */
export function describeImages(dataset: FolderKind, location: DataLocation, phase: string): string {
  const parts = foldersOf(dataset, location, phase).map(({ folder, images, single, masks, scan }) => {
    return `${describeFound(folder, images.length, scan)}${describeSingle(folder, single)}${masks ? describeMasks(folder, masks) : ""}`;
  });
  const { holdOut = 0 } = location;
  const heldOut = isSplit(dataset, location) && holdOut > 0 ? ` ${holdOut} % of ${parts.length > 1 ? "each folder" : "them"} are held out for measuring.` : "";
  return `${parts.join("; ")}.${heldOut}`;
}

function describeSingle(folder: string, single: readonly string[]): string {
  return single.length === 0 ? "" : `, without a partner in the other folder: ${nameSome(folder, single, "image", "images")}`;
}

/**
 * Throws a DataError that names what is left out of a phase of a data set, if anything is that looks like an image, and images
 * without a partner or without a mask.
 */
export function refuseIncomplete(dataset: FolderKind, location: DataLocation, phase: string): void {
  const folders = foldersOf(dataset, location, phase);
  refuseLeftOut(folders.flatMap(({ scan }) => scan.leftOut));
  for (const { folder, single, masks } of folders) {
    if (single.length > 0) throw new DataError(`${folder}: expected pairs, got images${describeSingle(folder, single)}. Add their partners, or remove them.`);
    if (!masks || masks.unmasked.length === 0) continue;
    const found = nameSome(folder, masks.unmasked, "image", "images");
    throw new DataError(`${folder}: expected a mask in ${masks.folder} for every image, got none for ${found}. Add masks, or remove the images.`);
  }
}

/** Whether the folders are named one by one. */
function namesFolders({ a = "", b = "" }: DataLocation): boolean {
  return a !== "" && b !== "";
}

/** Whether a part of each folder is held out. */
function isSplit(dataset: FolderKind, location: DataLocation): boolean {
  return dataset.isSplit === true || namesFolders(location);
}

function namedFolder({ a = "", b = "" }: DataLocation, key: string): string {
  return key === "A" ? a : b;
}

function foldersOf(dataset: FolderKind, location: DataLocation, phase: string): readonly PhaseFolder[] {
  const found = namesFolders(location) ? scanNamed(dataset, location) : scanPhase(dataset, location.dataroot, phase);
  const folders = onlyMasked(dataset, location, phase, dataset.pairs ? onlyPairs(found) : found);
  if (!isSplit(dataset, location)) return folders;
  return folders.map((one) => partOf(one, location, phase, dataset.pairs ? "hold-out pairs" : `hold-out ${one.key}`));
}

function scanNamed(dataset: FolderKind, location: DataLocation): PhaseFolder[] {
  return Object.keys(dataset.folders("train")).map((key) => {
    const folder = namedFolder(location, key);
    const scan = scanImages(folder, `Name another folder with --${key.toLowerCase()}.`);
    return { key, folder, images: scan.images, single: [], scan };
  });
}

/** The part of a folder that belongs to a phase. Folders with the same number of images and stream are cut alike. */
function partOf(one: PhaseFolder, { holdOut = 0, seed = 0 }: DataLocation, phase: string, stream: string): PhaseFolder {
  const { length } = one.images;
  const count = holdOut === 0 ? 0 : Math.min(length - 1, Math.max(1, Math.round((length * holdOut) / 100)));
  const heldOut = new Set(new Random(seed).stream(stream).permutation(length).slice(0, count));
  const images = one.images.filter((_, index) => heldOut.has(index) === (phase === "test"));
  if (images.length > 0) return { ...one, images };
  throw new DataError(`${one.folder}: expected images that are held out, got none (--hold-out ${holdOut}, ${counted(length)}).`);
}

/** The same folders with only the images that have a partner of their name in all of them, in one order. */
function onlyPairs(folders: readonly PhaseFolder[]): PhaseFolder[] {
  const byName = folders.map(({ key, folder, images }) => {
    // Of several files with one name, the first counts.
    return new Map(images.toReversed().map((path) => [pairName(nameIn(folder, path), key), path]));
  });
  const names = [...(byName[0]?.keys() ?? [])].toReversed().filter((name) => byName.every((named) => named.has(name)));
  if (names.length === 0) throw noPairs(folders);
  return folders.map((one, index) => {
    const images = names.flatMap((name) => byName[index]?.get(name) ?? []);
    const used = new Set(images);
    return { ...one, images, single: one.images.filter((path) => !used.has(path)) };
  });
}

function noPairs(folders: readonly PhaseFolder[]): DataError {
  const firsts = folders.map(({ folder, images: [first = ""] }) => relative(folder, first)).join(" and ");
  return new DataError(
    `${folders.map(({ folder }) => folder).join(" and ")}: expected images of the same name in both, such as 1.png, or 1_A.png and ` +
      `1_B.png, got none; the first are ${firsts}. Rename the images of one folder.`,
  );
}

/** The same folders with only the images that have a mask, if masks are used. Both images of a pair are left out together. */
function onlyMasked(dataset: FolderKind, location: DataLocation, phase: string, folders: readonly PhaseFolder[]): readonly PhaseFolder[] {
  const { maskDir = "", direction = "AtoB" } = location;
  if (maskDir === "") return folders;
  const keys = (dataset.masks ?? []).map((side) => dataset.source(side, direction).folder);
  const place = (key: string): string => (namesFolders(location) ? key : (dataset.folders(phase)[key] ?? ""));
  const advice = `The folder of masks (--mask-dir) contains ${keys.map(place).join(" and ")}, with a mask for each image.`;
  const matched = folders.map((one) => {
    return keys.includes(one.key) ? { ...one, masks: findFolderMasks(join(maskDir, place(one.key)), one.folder, one.images, advice) } : one;
  });
  const hasMask = ({ masks, images }: PhaseFolder, index: number): boolean => !masks || masks.byImage.has(images[index] ?? "");
  const keepMasked = (one: PhaseFolder): PhaseFolder => {
    const together = dataset.pairs ? matched : [one];
    return { ...one, images: one.images.filter((_, index) => together.every((other) => hasMask(other, index))) };
  };
  return matched.map(keepMasked);
}

function scanPhase(dataset: FolderKind, dataroot: string, phase: string): PhaseFolder[] {
  const folders = Object.entries(dataset.folders(phase));
  const names = folders.map(([, name]) => name);
  const listed = names.length === 1 ? `the folder ${names[0]}` : `the folders ${names.join(" and ")}`;
  const inside = dataset.isSplit ? "images" : `${listed}${dataset.apart?.isSplit ? ", or images" : ""}`;
  requireFolder(dataroot, `with ${inside}`, "Name the data set by --dataroot.");
  const each = names.length === 1 ? "" : ", one for each domain";
  const advice = dataset.isSplit ? "Name another folder with --dataroot." : `A data set contains ${inside}${each}.${similarFolders(dataroot, names)}`;
  return folders.map(([key, name]) => {
    const folder = join(dataroot, name);
    const scan = scanImages(folder, advice);
    return { key, folder, images: scan.images, single: [], scan };
  });
}

/** `train/A`, `TrainA` and `train_a` are all like `trainA`. */
function plain(path: string): string {
  return path.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}

/** The folders in a folder; none if it cannot be read, because they are only for advice. */
function namesOfFolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Folders in `dataroot`, at most two deep. */
function foldersBelow(dataroot: string, depth = 2): string[] {
  const names = namesOfFolders(dataroot);
  const deeper = depth > 1 ? names.slice(0, 200) : [];
  return names.concat(deeper.flatMap((name) => foldersBelow(join(dataroot, name), depth - 1).map((below) => join(name, below))));
}

/** Advice about folders of other names; empty if there are none. */
function otherFolders(dataroot: string, names: readonly string[]): string {
  if (names.includes(basename(dataroot))) return ` Name the folder above it: --dataroot ${join(dataroot, "..")}.`;
  const others = namesOfFolders(dataroot).filter((name) => !name.startsWith("."));
  const [a = "", b = ""] = others;
  if (names.length === 2 && others.length === 2) {
    return ` Or name two folders in place of --dataroot, such as --a ${join(dataroot, a)} --b ${join(dataroot, b)}.`;
  }
  const shown = others.length > 5 ? [...others.slice(0, 5), `${others.length - 5} more`] : others;
  return shown.length === 0 ? "" : ` There are other folders: ${shown.join(", ")}.`;
}

/** Advice about folders that may be meant; empty if there are none. */
function similarFolders(dataroot: string, names: readonly string[]): string {
  const wanted = names.map(plain);
  const isSimilar = (path: string): boolean => wanted.includes(plain(path)) || names.includes(basename(path));
  const found = foldersBelow(dataroot).filter((path) => !names.includes(path) && isSimilar(path));
  const [first] = found;
  if (first === undefined) return otherFolders(dataroot, names);
  if (names.includes(basename(first))) {
    return ` ${join(dataroot, first)} is there: use --dataroot ${join(dataroot, first, "..")}.`;
  }
  const shown = found.slice(0, 2).map((path) => join(dataroot, path)).join(" and ");
  return found.length > 1 ? ` ${shown} are there: rename them.` : ` ${shown} is there: rename it.`;
}

/** The training images of a data set and their masks, by their names and sizes. It does not depend on where the data set is. */
export interface DataListing {
  /** SHA-256 of all keys, names and sizes in order. */
  readonly fingerprint: string;
  /** The sizes in bytes by name, such as `A/photo.jpg` and, for a mask, `A masks/photo.png`, in order. */
  readonly bytes: ReadonlyMap<string, number>;
}

/** Lists the training images of a data set, each followed by its mask. Throws as `findImages`. */
export function listData(dataset: FolderKind, location: DataLocation): DataListing {
  const hash = createHash("sha256");
  const bytes = new Map<string, number>();
  const list = (key: string, folder: string, path: string, size = 0): void => {
    const name = relative(folder, path).split(sep).join("/");
    hash.update(JSON.stringify([key, name, size]));
    bytes.set(`${key}/${name}`, size);
  };
  for (const { key, folder, images, masks, scan } of foldersOf(dataset, location, "train")) {
    for (const path of images) {
      list(key, folder, path, scan.bytes.get(path));
      const mask = masks?.byImage.get(path);
      if (masks && mask !== undefined) list(`${key} masks`, masks.folder, mask, masks.bytes.get(mask));
    }
  }
  return { fingerprint: hash.digest("hex"), bytes };
}

/** The fingerprint of a data set's training images; see `listData`. */
export function dataFingerprint(dataset: FolderKind, location: DataLocation): string {
  return listData(dataset, location).fingerprint;
}

/** Builds the data set of photographs and posters from Debian's wallpapers. */
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, parse } from "node:path";
import sharp from "sharp";
import { openApt, unpackPackages } from "../driver/apt.js";
import { DataError } from "../errors.js";
import { createFolderWhole } from "../io/files.js";
import { builtDataset } from "./built-dataset.js";
import type { DatasetRequest, HeldOut } from "./task.js";
import { wallpaperPackages, type WallpaperPackage } from "./wallpapers.js";

/** Size of the pictures in the data set, in pixels. */
const size = { width: 640, height: 400 };
/** The fewest photographs, and the fewest posters, to train on. */
const fewest = 12;

const pixelsOf = (name: string): number => {
  const [width = 0, height = 0] = parse(name).name.split("x").map(Number);
  return width > height ? width * height : 0;
};

/** The picture at a path, or the largest landscape picture of a folder; undefined if there is none. */
export async function pictureAt(path: string): Promise<string | undefined> {
  if (!existsSync(path)) return undefined;
  if (!(await stat(path)).isDirectory()) return path;
  const largest = (await readdir(path)).toSorted((a, b) => pixelsOf(b) - pixelsOf(a))[0];
  return largest !== undefined && pixelsOf(largest) > 0 ? join(path, largest) : undefined;
}

/** The name of a wallpaper: that of its file, or of the folder with its sizes. */
const titleOf = (path: string): string => (extname(path) === "" ? basename(dirname(dirname(path))) : parse(path).name);

/** Copies pictures in the size of the data set, without transparency and in sRGB. Returns how many there were. */
async function copyPictures(share: string, paths: readonly string[], folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  let copied = 0;
  for (const path of paths) {
    const picture = await pictureAt(join(share, path));
    if (picture === undefined) continue;
    const image = sharp(picture).resize({ ...size, fit: "cover" }).flatten({ background: "#fff" });
    await image.png().toFile(join(folder, `${titleOf(path)}.png`));
    copied += 1;
  }
  return copied;
}

function readme(packages: readonly WallpaperPackage[]): string {
  const rows = packages.map(({ name, licence }) => `| ${name} | ${licence} | copyright-${name} |`);
  return `# Photographs and posters

Wallpapers from packages of Debian, ${size.width}×${size.height} pixels. trainA and testA are photographs, trainB are drawings.

| package | pictures | its copyright file |
|---|---|---|
${rows.join("\n")}
`;
}

/** Unpacks the packages into the cache; the folder with their `usr/share`. */
async function fetchPackages(cacheFolder: string, say: (line: string) => void): Promise<string> {
  const folder = join(cacheFolder, "wallpapers");
  const names = wallpaperPackages.map(({ name }) => name);
  try {
    if (!existsSync(folder)) {
      await createFolderWhole(folder, async (unfinished) => {
        const apt = await openApt(join(unfinished, "work"), say);
        const root = await unpackPackages(apt, names, "Debian's wallpapers", say);
        await rename(join(root, "usr", "share"), join(unfinished, "share"));
        await rm(apt.folder, { recursive: true });
      });
    }
  } catch (error) {
    throw new DataError(
      `Debian's wallpapers: ${error instanceof Error ? error.message : String(error)}. They are fetched by the package client of ` +
        "Debian or Ubuntu. Elsewhere, put photographs and posters of your own into two folders, and use train --a and --b.",
    );
  }
  return join(folder, "share");
}

async function build(folder: string, { cacheFolder, onDone }: DatasetRequest): Promise<readonly HeldOut[]> {
  const share = await fetchPackages(cacheFolder, onDone);
  let [photos, posters] = [0, 0];
  for (const pictures of wallpaperPackages) {
    photos += await copyPictures(share, pictures.photos, join(folder, "trainA"));
    posters += await copyPictures(share, pictures.posters, join(folder, "trainB"));
    await copyPictures(share, pictures.heldOut, join(folder, "testA"));
    await copyFile(join(share, "doc", pictures.name, "copyright"), join(folder, `copyright-${pictures.name}`));
  }
  const heldOut = await readdir(join(folder, "testA"));
  // Other releases have other wallpapers.
  if (Math.min(photos, posters) < fewest || heldOut.length === 0) {
    throw new DataError(
      `${share}: expected at least ${fewest} photographs and posters, and photographs to hold out, got ${photos}, ${posters} and ${heldOut.length}. ` +
        "Another release of Debian may have them.",
    );
  }
  await writeFile(join(folder, "README.md"), readme(wallpaperPackages));
  return heldOut.toSorted().map((image) => ({ name: parse(image).name.replace(/_by_.*/, "").replaceAll("_", " "), image }));
}

/**
 * Builds the data set of photographs and posters with trainA, trainB and testA, unless it exists. Throws a DataError if the
 * packages cannot be fetched or do not have the pictures.
 */
export function wallpaperDataset(request: DatasetRequest): Promise<readonly HeldOut[]> {
  return builtDataset({ settings: { ...size, packages: wallpaperPackages }, build: (folder) => build(folder, request) }, request);
}

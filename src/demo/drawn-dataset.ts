/** Builds data sets of emoji by both artists, and of what a task makes of them. */
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage } from "../data/decode.js";
import { encodeImage } from "../data/encode.js";
import type { Image } from "../data/image.js";
import { resizeBicubic } from "../data/resize.js";
import { Random } from "../random.js";
import { builtDataset } from "./built-dataset.js";
import { fetchEmoji } from "./emoji-dataset.js";
import { emojiOfCategories, splitEmoji, type Emoji } from "./emoji.js";
import { emojiSources, type EmojiSource } from "./emoji-packages.js";
import type { DatasetRequest, HeldOut } from "./task.js";

/** What becomes of a drawing of B to make the image of A. */
export interface Change {
  /** In words, for the README of the data set. They are part of its settings: change them when `apply` changes. */
  readonly words: string;
  readonly apply: (drawing: Image, random: Random) => Image;
}

/** What a data set of drawings declares. */
export interface DrawnDataset {
  /** Categories of emoji-datasource. */
  readonly categories: readonly string[];
  /** Width and height of the images, in pixels. */
  readonly size: number;
  /** Absent: a data set of single images, without A and B. */
  readonly change?: Change;
}

/** The drawings of an artist in the cache. */
interface Artist {
  readonly source: EmojiSource;
  readonly folder: string;
}

const split = { testShare: 0.2, seed: 0 };
const packages = Object.values(emojiSources).map(({ pack }) => `${pack.name}@${pack.version}`);

function readme({ categories, size, change }: DrawnDataset, train: number, test: number): string {
  const artists = Object.values(emojiSources).map(({ title, pack, licence }) => `| ${title} | ${pack.name} ${pack.version} | ${licence} |`);
  const pairs = change && `trainB and testB hold the drawings. trainA and testA hold the same drawings under the same names, changed: ${change.words}.`;
  return `# Emoji

Emoji of ${categories.map((name) => `"${name}"`).join(" and ")}, ${size}×${size} pixels, on white: ${train} to train on, ${test} held out.
${pairs ?? ""}

| artist | from the npm package | licence of the drawings |
|---|---|---|
${artists.join("\n")}

All drawings were made smaller, and their transparent parts were filled with white. The packages themselves are under the
MIT licence in LICENSE-emoji-datasource. No emoji is both in training and held out.
`;
}

/** Writes the drawings of all artists, and what becomes of them, into the folders of a phase. */
async function writePhase(folder: string, phase: "train" | "test", emoji: readonly Emoji[], artists: readonly Artist[], { size, change }: DrawnDataset): Promise<HeldOut[]> {
  const written: HeldOut[] = [];
  for (const { name, image } of emoji) {
    for (const { source, folder: drawings } of artists) {
      const file = `${image.replace(/\.png$/, "")}-${source.vendor}.png`;
      const drawing = resizeBicubic(await decodeImage(join(drawings, "img", source.vendor, "64", image), 3), size, size);
      await encodeImage(join(folder, change ? `${phase}B` : phase, file), drawing);
      if (change) await encodeImage(join(folder, `${phase}A`, file), change.apply(drawing, new Random(0).stream(file)));
      written.push({ name: `${name}, ${source.title}`, image: file });
    }
  }
  return written;
}

async function build(folder: string, dataset: DrawnDataset, request: DatasetRequest): Promise<readonly HeldOut[]> {
  const { A, B } = emojiSources;
  const first = await fetchEmoji(A, request);
  const artists = [{ source: A, folder: first }, { source: B, folder: await fetchEmoji(B, request) }];
  const catalogue: unknown = JSON.parse(await readFile(join(first, "emoji.json"), "utf8"));
  const { trainA, trainB, test } = splitEmoji(emojiOfCategories(catalogue, dataset.categories), split.testShare, new Random(split.seed).stream("emoji split"));
  request.onProgress("Making the images");
  const train = await writePhase(folder, "train", [...trainA, ...trainB], artists, dataset);
  const heldOut = await writePhase(folder, "test", test, artists, dataset);
  await copyFile(join(first, "LICENSE"), join(folder, "LICENSE-emoji-datasource"));
  await writeFile(join(folder, "README.md"), readme(dataset, train.length, heldOut.length));
  return heldOut;
}

/**
 * Builds a data set of the drawings of both artists, unless it exists: B beside A, which is made from it, or single images. A fifth of the
 * emoji is held out. Throws a DataError if the drawings cannot be downloaded or the folder holds something else.
 */
export function drawnDataset(dataset: DrawnDataset, request: DatasetRequest): Promise<readonly HeldOut[]> {
  const { categories, size, change } = dataset;
  const settings = { categories, size, change: change?.words ?? "", ...split, packages };
  return builtDataset({ settings, build: (folder) => build(folder, dataset, request) }, request);
}

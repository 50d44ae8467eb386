/** Builds data sets of emoji that two artists drew, from two npm packages. */
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { decodeImage } from "../data/decode.js";
import { encodeImage } from "../data/encode.js";
import { npmPackage } from "../driver/npm-package.js";
import { formatBytes } from "../format.js";
import { Random } from "../random.js";
import { builtDataset } from "./built-dataset.js";
import { emojiOfCategories, splitEmoji } from "./emoji.js";
import type { Emoji, EmojiSplit } from "./emoji.js";
import { emojiSources } from "./emoji-packages.js";
import type { EmojiSource } from "./emoji-packages.js";
import type { DatasetRequest, HeldOut } from "./task.js";

/** Which emoji are in a data set. */
export interface EmojiChoice {
  /** Categories of the catalogue. */
  readonly categories: readonly string[];
  /** The part of the emoji that is held out, in [0, 1]. */
  readonly testShare: number;
}

// The split has its own seed: runs with different training seeds are measured on the same held-out emoji.
const splitSeed = 0;

/** The folder of an artist's drawings, downloaded on first use. Throws a DataError if it cannot be. */
export async function fetchEmoji(source: EmojiSource, options: DatasetRequest): Promise<string> {
  const { pack } = source;
  const start = performance.now();
  const what = `${source.title} (npm package ${pack.name} ${pack.version})`;
  const cached = existsSync(join(options.cacheFolder, `${pack.name}-${pack.version}`));
  if (!cached) options.onProgress(`Downloading ${what}, ${formatBytes(pack.size)}`);
  const folder = await npmPackage(pack, options.cacheFolder, (received, seconds) => {
    const fetched = `${formatBytes(received)} of ${formatBytes(pack.size)}`;
    options.onProgress(`Downloading ${what}: ${fetched}, ${seconds.toFixed(0)} s`);
  });
  const seconds = (performance.now() - start) / 1000;
  if (!cached) options.onDone(`Downloaded ${what}: ${formatBytes(pack.size)} in ${seconds.toFixed(1)} s`);
  return folder;
}

async function writePhase(
  folder: string,
  emoji: readonly Emoji[],
  source: EmojiSource,
  unpacked: string,
): Promise<void> {
  await mkdir(folder);
  for (const { image } of emoji) {
    const drawing = await decodeImage(join(unpacked, "img", source.vendor, "64", image), 3);
    await encodeImage(join(folder, image), drawing);
  }
}

function readme(split: EmojiSplit, categories: readonly string[]): string {
  const { A, B } = emojiSources;
  const total = split.test.length + split.trainA.length + split.trainB.length;
  return `# Emoji of two artists

${total} emoji, 64×64 pixels, on white. Categories: ${categories.join(", ")}.

| folders | artist | from the npm package | licence of the drawings |
|---|---|---|---|
| trainA, testA | ${A.title} | ${A.pack.name} ${A.pack.version} | ${A.licence} |
| trainB, testB | ${B.title} | ${B.pack.name} ${B.pack.version} | ${B.licence} |

The drawings were changed in one way: their transparent parts were filled with white. The packages themselves are
under the MIT licence in LICENSE-emoji-datasource.

No emoji is in both trainA and trainB. testA and testB hold the same emoji, which are in no training folder;
manifest.json names them.
`;
}

async function build(folder: string, { categories, testShare }: EmojiChoice, options: DatasetRequest): Promise<readonly HeldOut[]> {
  const unpackedA = await fetchEmoji(emojiSources.A, options);
  const unpackedB = await fetchEmoji(emojiSources.B, options);
  const catalogue: unknown = JSON.parse(await readFile(join(unpackedA, "emoji.json"), "utf8"));
  const emoji = emojiOfCategories(catalogue, categories);
  const split = splitEmoji(emoji, testShare, new Random(splitSeed).stream("emoji split"));
  await writePhase(join(folder, "trainA"), split.trainA, emojiSources.A, unpackedA);
  await writePhase(join(folder, "trainB"), split.trainB, emojiSources.B, unpackedB);
  await writePhase(join(folder, "testA"), split.test, emojiSources.A, unpackedA);
  await writePhase(join(folder, "testB"), split.test, emojiSources.B, unpackedB);
  await copyFile(join(unpackedA, "LICENSE"), join(folder, "LICENSE-emoji-datasource"));
  await writeFile(join(folder, "README.md"), readme(split, categories));
  return split.test;
}

/**
 * Builds a data set of emoji with trainA, trainB, testA and testB, unless it exists. Throws a DataError if the drawings cannot be
 * downloaded or the folder holds something else.
 */
export function emojiDataset(choice: EmojiChoice, request: DatasetRequest): Promise<readonly HeldOut[]> {
  const packages = Object.values(emojiSources).map(({ pack }) => `${pack.name}@${pack.version}`);
  return builtDataset({ settings: { ...choice, splitSeed, packages }, build: (folder) => build(folder, choice, request) }, request);
}

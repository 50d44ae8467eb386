/** Builds the demo's data set from two npm packages of emoji. */
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { decodeImage } from "../data/decode.js";
import { encodeImage } from "../data/encode.js";
import { createFolderWhole } from "../io/files.js";
import { npmPackage } from "../driver/npm-package.js";
import { DataError } from "../errors.js";
import { formatBytes } from "../format.js";
import { Random } from "../random.js";
import { emojiOfCategory, parseManifest, splitEmoji } from "./emoji.js";
import type { Emoji, EmojiSplit } from "./emoji.js";
import { emojiSources } from "./emoji-packages.js";
import type { EmojiSource } from "./emoji-packages.js";
import type { DatasetRequest } from "./task.js";

// The split has its own seed: runs with different training seeds are measured on the same held-out emoji.
const settings = {
  category: "Smileys & Emotion",
  testShare: 0.2,
  splitSeed: 0,
  packages: Object.values(emojiSources).map(({ pack }) => `${pack.name}@${pack.version}`),
};

/**
 * The split of the data set in the folder; undefined if it has to be built. Throws a DataError if the folder is something
 * else.
 */
async function readBuilt(folder: string): Promise<EmojiSplit | undefined> {
  if (!existsSync(folder)) return undefined;
  try {
    return parseManifest(JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")), settings);
  } catch {
    throw new DataError(
      `${folder}: expected the demo's data set or nothing, got a folder without manifest.json. Move it away.`,
    );
  }
}

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

function readme(split: EmojiSplit): string {
  const { A, B } = emojiSources;
  const total = split.test.length + split.trainA.length + split.trainB.length;
  return `# Emoji of two artists

${total} emoji of the category "${settings.category}", 64×64 pixels, on white.

| folders | artist | from the npm package | licence of the drawings |
|---|---|---|---|
| trainA, testA | ${A.title} | ${A.pack.name} ${A.pack.version} | ${A.licence} |
| trainB, testB | ${B.title} | ${B.pack.name} ${B.pack.version} | ${B.licence} |

The drawings were changed in one way: their transparent parts were filled with white. The packages themselves are
under the MIT licence in LICENSE-emoji-datasource.

No emoji is in both trainA and trainB. testA and testB hold the same emoji, which are in no training folder;
manifest.json names them all.
`;
}

async function build(folder: string, options: DatasetRequest): Promise<EmojiSplit> {
  const unpackedA = await fetchEmoji(emojiSources.A, options);
  const unpackedB = await fetchEmoji(emojiSources.B, options);
  const catalogue: unknown = JSON.parse(await readFile(join(unpackedA, "emoji.json"), "utf8"));
  const emoji = emojiOfCategory(catalogue, settings.category);
  const split = splitEmoji(emoji, settings.testShare, new Random(settings.splitSeed).stream("emoji split"));
  await writePhase(join(folder, "trainA"), split.trainA, emojiSources.A, unpackedA);
  await writePhase(join(folder, "trainB"), split.trainB, emojiSources.B, unpackedB);
  await writePhase(join(folder, "testA"), split.test, emojiSources.A, unpackedA);
  await writePhase(join(folder, "testB"), split.test, emojiSources.B, unpackedB);
  await copyFile(join(unpackedA, "LICENSE"), join(folder, "LICENSE-emoji-datasource"));
  await writeFile(join(folder, "README.md"), readme(split));
  await writeFile(join(folder, "manifest.json"), `${JSON.stringify({ settings, ...split }, undefined, 1)}\n`);
  return split;
}

/**
 * Builds the demo's data set with trainA, trainB, testA and testB, unless it exists. Throws a DataError if the drawings cannot
 * be downloaded or the folder holds something else.
 */
export async function emojiDataset(options: DatasetRequest): Promise<EmojiSplit> {
  const { folder, fresh = false } = options;
  const built = await readBuilt(folder);
  if (built !== undefined && !fresh) return built;
  await rm(folder, { recursive: true, force: true });
  let split: EmojiSplit = { trainA: [], trainB: [], test: [] };
  await createFolderWhole(folder, async (unfinished) => {
    split = await build(unfinished, options);
  });
  const { trainA, trainB, test } = split;
  const trained = `${trainA.length} + ${trainB.length} images to train on`;
  options.onDone(`Built ${folder}: ${trained}, ${test.length} emoji held out`);
  return split;
}

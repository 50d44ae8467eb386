/** Builds data sets of composed scenes: the same kind of scene, shown in two ways. */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage } from "../data/decode.js";
import type { Image } from "../data/image.js";
import { Random } from "../random.js";
import { builtDataset } from "./built-dataset.js";
import { fetchEmoji } from "./emoji-dataset.js";
import { emojiSources } from "./emoji-packages.js";
import { cutToContent } from "./scenes/compose.js";
import type { DatasetRequest, HeldOut } from "./task.js";

/** The drawings of emoji with these code points, by every artist. */
export type ReadDrawings = (codes: readonly string[]) => Promise<readonly Image[]>;

/** PNG files of one scene, by folder: A and B, and others that only test scenes have. */
export type SceneFiles = Readonly<Record<"A" | "B", Uint8Array>> & Readonly<Record<string, Uint8Array>>;

/** What a data set of scenes declares. */
export interface SceneDataset {
  readonly title: string;
  /** What the folders hold, in sentences. */
  readonly description: string;
  readonly train: number;
  readonly test: number;
  /** Whether trainA and trainB show the same scenes. testA and testB always do. */
  readonly paired: boolean;
  /** Reads the drawings, and returns the function that draws a scene. The same stream gives the same scene. */
  readonly prepare: (read: ReadDrawings) => Promise<(random: Random) => SceneFiles>;
  /** More files of the data set, by their names. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Scenes have their own seed: runs with different training seeds are measured on the same scenes. */
const SEED = 0;

const nameOf = (index: number): string => `${String(index).padStart(4, "0")}.png`;

function settingsOf({ title, train, test, paired, files }: SceneDataset): object {
  return { title, train, test, paired, files, seed: SEED, packages: Object.values(emojiSources).map(({ pack }) => `${pack.name}@${pack.version}`) };
}

function readme({ title, description, train, test }: SceneDataset): string {
  const artists = Object.values(emojiSources).map(({ title: artist, pack, licence }) => `| ${artist} | ${pack.name} ${pack.version} | ${licence} |`);
  return `# ${title}

${description}

${train} scenes to train on, ${test} held out. The grounds are computed; the things are emoji:

| artist | from the npm package | licence of the drawings |
|---|---|---|
${artists.join("\n")}

The drawings were resized, mirrored and put over the ground; in winter, their green parts are recoloured. The packages themselves are under
the MIT licence in LICENSE-emoji-datasource.
`;
}

async function build(folder: string, dataset: SceneDataset, request: DatasetRequest): Promise<readonly HeldOut[]> {
  const unpacked = { A: await fetchEmoji(emojiSources.A, request), B: await fetchEmoji(emojiSources.B, request) };
  const draw = await dataset.prepare(async (codes) => {
    const paths = (["A", "B"] as const).flatMap((artist) => codes.map((code) => join(unpacked[artist], "img", emojiSources[artist].vendor, "64", `${code}.png`)));
    const drawings = await Promise.all(paths.map((path) => decodeImage(path, 3, { keepAlpha: true })));
    return drawings.map((drawing) => cutToContent(drawing));
  });
  const random = new Random(SEED);
  const write = async (name: string, index: number, bytes: Uint8Array): Promise<void> => {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, nameOf(index)), bytes);
  };
  for (let index = 0; index < dataset.train; index++) {
    const scene = draw(random.stream(`train ${index}`));
    const other = dataset.paired ? scene : draw(random.stream(`train B ${index}`));
    await write("trainA", index, scene.A);
    await write("trainB", index, other.B);
    request.onProgress(`Drawing scenes: ${index + 1}/${dataset.train}`);
  }
  for (let index = 0; index < dataset.test; index++) {
    for (const [name, bytes] of Object.entries(draw(random.stream(`test ${index}`)))) await write(`test${name}`, index, bytes);
  }
  for (const [name, text] of Object.entries(dataset.files ?? {})) await writeFile(join(folder, name), text);
  await copyFile(join(unpacked.A, "LICENSE"), join(folder, "LICENSE-emoji-datasource"));
  await writeFile(join(folder, "README.md"), readme(dataset));
  return Array.from({ length: dataset.test }, (_, index) => ({ name: `scene ${index + 1}`, image: nameOf(index) }));
}

/**
 * Builds a data set of scenes with trainA, trainB, testA and testB, unless it exists. Throws a DataError if the drawings cannot be
 * downloaded or the folder holds something else.
 */
export function sceneDataset(dataset: SceneDataset, request: DatasetRequest): Promise<readonly HeldOut[]> {
  return builtDataset({ settings: settingsOf(dataset), build: (folder) => build(folder, dataset, request) }, request);
}

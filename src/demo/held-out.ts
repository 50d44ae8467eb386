/** The demo's held-out emoji: prepared, compared with their translations, shown. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage } from "../data/decode.js";
import { encodeImage } from "../data/encode.js";
import type { Image } from "../data/image.js";
import { resizeBicubic } from "../data/resize.js";
import { ShapeError } from "../errors.js";
import { meanAbsoluteDistance } from "../metrics/pixel-error.js";
import { imageGrid } from "../report/sample-grid.js";
import type { Distances, TranslationRow, TranslationSet } from "../report/translations.js";
import type { Emoji } from "./emoji.js";
import { emojiSources } from "./emoji-packages.js";

export type Direction = "AtoB" | "BtoA";

interface Folders {
  readonly real: string;
  readonly fake: string;
  readonly truth: string;
}

/** Folders of the held-out images, relative to that of the run. */
function folders(direction: Direction): Folders {
  const [from, to] = direction === "AtoB" ? ["A", "B"] : ["B", "A"];
  return { real: `test/real_${from}`, fake: `test/fake_${to}`, truth: `test/real_${to}` };
}

/** Input and output folders for translating in one direction. */
export function translationFolders(run: string, direction: Direction): { input: string; output: string } {
  const { real, fake } = folders(direction);
  return { input: join(run, real), output: join(run, fake) };
}

/** Writes the held-out images of both domains into the run, `size` pixels wide and high. */
export async function prepareHeldOut(
  dataset: string,
  run: string,
  test: readonly Emoji[],
  size: number,
): Promise<void> {
  for (const domain of ["A", "B"]) {
    const folder = join(run, `test/real_${domain}`);
    await mkdir(folder, { recursive: true });
    for (const { image } of test) {
      const drawing = await decodeImage(join(dataset, `test${domain}`, image), 3);
      await encodeImage(join(folder, image), resizeBicubic(drawing, size, size));
    }
  }
}

function meanOverPairs(images: readonly Image[], truths: readonly Image[]): number {
  if (images.length !== truths.length || images.length === 0) {
    throw new ShapeError(`heldOutDistances: expected as many images as truths, got ${images.length} and ${truths.length}.`);
  }
  const total = truths.reduce((sum, truth, index) => {
    const image = images[index];
    return image === undefined ? sum : sum + meanAbsoluteDistance(image, truth);
  }, 0);
  return total / truths.length;
}

/** Mean distances of held-out images and of their translations from the true images; entry i of each list belongs together. */
export function heldOutDistances(real: readonly Image[], fake: readonly Image[], truth: readonly Image[]): Distances {
  return { untranslated: meanOverPairs(real, truth), translated: meanOverPairs(fake, truth) };
}

async function compare(run: string, direction: Direction, test: readonly Emoji[]): Promise<TranslationSet> {
  const { real, fake, truth } = folders(direction);
  const read = (folder: string): Promise<Image[]> =>
    Promise.all(test.map(({ image }) => decodeImage(join(run, folder, image), 3)));
  const distances = heldOutDistances(await read(real), await read(fake), await read(truth));
  const rows = test.map(
    ({ name, image }): TranslationRow => ({
      name: name.toLowerCase(),
      real: `${real}/${image}`,
      fake: `${fake}/${image}`,
      truth: `${truth}/${image}`,
    }),
  );
  const { A, B } = emojiSources;
  const [from, to] = direction === "AtoB" ? [A.title, B.title] : [B.title, A.title];
  return { direction, from, to, distances, rows };
}

/** Compares the translations of a run's held-out images with the true images, in both directions. */
export async function compareHeldOut(run: string, test: readonly Emoji[]): Promise<readonly TranslationSet[]> {
  return [await compare(run, "AtoB", test), await compare(run, "BtoA", test)];
}

/** Columns of the demo's picture, and the width to which each image is enlarged, in pixels. */
const columns = 12;
const side = 64;

/** Writes a PNG of a dozen held-out images, evenly chosen: rows of real, translated and true images for each direction. */
export async function writeHeldOutGrid(path: string, run: string, sets: readonly TranslationSet[]): Promise<void> {
  const rows = sets.flatMap((set) => {
    const chosen = Array.from({ length: columns }, (_, i) => set.rows[Math.floor((i * set.rows.length) / columns)]);
    return (["real", "fake", "truth"] as const).map((kind) => chosen.flatMap((row) => (row ? [row[kind]] : [])));
  });
  const read = (name: string): Promise<Image> => decodeImage(join(run, name), 3);
  await encodeImage(path, imageGrid(await Promise.all(rows.map((row) => Promise.all(row.map(read)))), side));
}

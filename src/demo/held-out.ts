/** The held-out images of a demo: prepared, compared with their translations, shown. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage } from "../data/decode.js";
import { encodeImage } from "../data/encode.js";
import type { Image } from "../data/image.js";
import { resizeBicubic } from "../data/resize.js";
import { ShapeError } from "../errors.js";
import { meanAbsoluteDistance } from "../metrics/pixel-error.js";
import type { Direction } from "../models/networks/recognise-generator.js";
import { imageGrid } from "../report/image-grid.js";
import type { Distances, TranslationRow, TranslationSet } from "../report/translations.js";
import type { DemoTask, HeldOut } from "./task.js";

/** Folders of the held-out images, relative to that of the run. */
function folders(direction: Direction): { readonly real: string; readonly fake: string; readonly truth: string } {
  const [from, to] = direction === "AtoB" ? ["A", "B"] : ["B", "A"];
  return { real: `test/real_${from}`, fake: `test/fake_${to}`, truth: `test/real_${to}` };
}

/** The folders of a run with its held-out images of A, their translations, and the true images. */
export function heldOutFolders(run: string): { readonly real: string; readonly fake: string; readonly truth: string } {
  const { real, fake, truth } = folders("AtoB");
  return { real: join(run, real), fake: join(run, fake), truth: join(run, truth) };
}

/** Input and output folders for translating in one direction. */
export function translationFolders(run: string, direction: Direction): { input: string; output: string } {
  const { real, fake } = folders(direction);
  return { input: join(run, real), output: join(run, fake) };
}

/**
 * Writes the held-out images into the run, `size` pixels wide and high. Images without a true translation keep their size: they
 * are only looked at.
 */
export async function prepareHeldOut(dataset: string, run: string, heldOut: readonly HeldOut[], size: number): Promise<void> {
  const isPaired = existsSync(join(dataset, "testB"));
  for (const domain of isPaired ? ["A", "B"] : ["A"]) {
    const folder = join(run, `test/real_${domain}`);
    await mkdir(folder, { recursive: true });
    for (const { image } of heldOut) {
      const picture = await decodeImage(join(dataset, `test${domain}`, image), 3);
      await encodeImage(join(folder, image), isPaired ? resizeBicubic(picture, size, size) : picture);
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

/** Compares the translations of a run's held-out images with the true images, if these are known. */
export async function compareHeldOut(
  run: string,
  direction: Direction,
  { A, B }: DemoTask["domains"],
  heldOut: readonly HeldOut[],
): Promise<TranslationSet> {
  const { real, fake, truth } = folders(direction);
  const isPaired = existsSync(join(run, truth));
  const read = (folder: string): Promise<Image[]> => Promise.all(heldOut.map(({ image }) => decodeImage(join(run, folder, image), 3)));
  const rows = heldOut.map(
    ({ name, image }): TranslationRow => ({
      name: name.toLowerCase(),
      real: `${real}/${image}`,
      fake: `${fake}/${image}`,
      ...(isPaired && { truth: `${truth}/${image}` }),
    }),
  );
  const [from, to] = direction === "AtoB" ? [A, B] : [B, A];
  const distances = isPaired && heldOutDistances(await read(real), await read(fake), await read(truth));
  return { direction, from, to, rows, ...(distances && { distances }) };
}

/** Most columns of a demo's picture, and the width to which small images are enlarged, in pixels. */
const columns = 12;
const side = 64;

/** Writes a PNG of some held-out images, evenly chosen: rows of real, translated and true images for each direction. */
export async function writeHeldOutGrid(path: string, run: string, sets: readonly TranslationSet[]): Promise<void> {
  const rows = sets.flatMap((set) => {
    const count = Math.min(columns, set.rows.length);
    const chosen = Array.from({ length: count }, (_, i) => set.rows[Math.floor((i * set.rows.length) / count)]);
    const files = (["real", "fake", "truth"] as const).map((kind) => chosen.flatMap((row) => row?.[kind] ?? []));
    return files.filter((row) => row.length > 0);
  });
  const read = (name: string): Promise<Image> => decodeImage(join(run, name), 3);
  await encodeImage(path, imageGrid(await Promise.all(rows.map((row) => Promise.all(row.map(read)))), side));
}

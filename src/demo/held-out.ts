import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage } from "../data/decode.js";
import { encodeImage } from "../data/encode.js";
import type { Image } from "../data/image.js";
import { resizeBicubic } from "../data/resize.js";
import { imageGrid } from "../report/sample-grid.js";
import type { TranslationRow, TranslationSet } from "../report/translations.js";
import type { Emoji } from "./emoji.js";
import { emojiSources } from "./emoji-packages.js";
import { measure } from "./measure.js";

export type Direction = "AtoB" | "BtoA";

interface Folders {
  readonly real: string;
  readonly fake: string;
  readonly truth: string;
}

/** Folders of the held-out images, relative to the run's. */
function folders(direction: Direction): Folders {
  const [from, to] = direction === "AtoB" ? ["A", "B"] : ["B", "A"];
  return { real: `test/real_${from}`, fake: `test/fake_${to}`, truth: `test/real_${to}` };
}

/** What to translate in one direction, and where to. */
export function translationFolders(run: string, direction: Direction): { input: string; output: string } {
  const { real, fake } = folders(direction);
  return { input: join(run, real), output: join(run, fake) };
}

/** Puts the held-out images of both domains into the run, at the size of its training (pixels). */
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

async function compare(run: string, direction: Direction, test: readonly Emoji[]): Promise<TranslationSet> {
  const { real, fake, truth } = folders(direction);
  const read = (folder: string): Promise<Image[]> =>
    Promise.all(test.map(({ image }) => decodeImage(join(run, folder, image), 3)));
  const distances = measure(await read(real), await read(fake), await read(truth));
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

/** Holds the translations of a run's held-out images against the truth, both ways. */
export async function compareHeldOut(run: string, test: readonly Emoji[]): Promise<readonly TranslationSet[]> {
  return [await compare(run, "AtoB", test), await compare(run, "BtoA", test)];
}

/** Images of the demo's picture: this many columns, each enlarged to this many pixels. */
const columns = 12;
const side = 64;

/** Paints a dozen of the held-out images, evenly chosen, as one PNG: real, translated, true; then the other direction. */
export async function writeHeldOutGrid(path: string, run: string, sets: readonly TranslationSet[]): Promise<void> {
  const rows = sets.flatMap((set) => {
    const chosen = Array.from({ length: columns }, (_, i) => set.rows[Math.floor((i * set.rows.length) / columns)]);
    return (["real", "fake", "truth"] as const).map((kind) => chosen.flatMap((row) => (row ? [row[kind]] : [])));
  });
  const read = (name: string): Promise<Image> => decodeImage(join(run, name), 3);
  await encodeImage(path, imageGrid(await Promise.all(rows.map((row) => Promise.all(row.map(read)))), side));
}

import { execFileSync } from "node:child_process";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { encodeImage } from "../../src/data/encode.js";
import { aligned } from "../../src/data/datasets/aligned.js";
import { unpaired } from "../../src/data/datasets/unpaired.js";
import { createLoader } from "../../src/data/loader.js";
import type { LoadedBatch, Loader } from "../../src/data/loader.js";
import type { LoaderOptions } from "../../src/data/loader-options.js";
import { DataError } from "../../src/errors.js";
import { Random } from "../../src/random.js";
import { temporaryFolder } from "./temporary-folder.js";

const folder = temporaryFolder();

/** Writes 12×10 images, each of one level and with a ramp over x, so that crops and flips show. */
async function domain(name: string, count: number, width = 12): Promise<string[]> {
  const paths = Array.from({ length: count }, (_, index) => join(folder, `${name}${index}.png`));
  for (const [index, path] of paths.entries()) {
    const data = Uint8Array.from({ length: width * 10 * 3 }, (_, at) => index * 40 + (Math.floor(at / 3) % width));
    await encodeImage(path, { width, height: 10, channels: 3, data });
  }
  return paths;
}

const pathsA = await domain("a", 3);
const pathsB = await domain("b", 5);
const base = (): LoaderOptions => ({
  dataset: unpaired,
  files: { A: pathsA, B: pathsB },
  direction: "AtoB",
  maxDatasetSize: 0,
  batchSize: 2,
  channels: { A: 3, B: 3 },
  preprocess: "resize_and_crop",
  loadSize: 9,
  cropSize: 8,
  flip: true,
  serialBatches: false,
  random: new Random(3),
  workers: 0,
});

async function take(loader: Loader, count: number): Promise<LoadedBatch[]> {
  const batches: LoadedBatch[] = [];
  try {
    while (batches.length < count) batches.push(await loader.next());
  } finally {
    await loader.close();
  }
  return batches;
}
const timeless = (batches: LoadedBatch[]) => batches.map((batch) => ({ ...batch, waitSeconds: 0 }));
const names = (paths: readonly string[]): string[] => paths.map((path) => basename(path, ".png"));

describe("createLoader", () => {
  it("goes through epochs of the larger domain's length and keeps the smaller last batch", async () => {
    const loader = createLoader(base());
    expect([loader.imagesPerEpoch, loader.batchesPerEpoch]).toEqual([5, 3]);
    const batches = await take(loader, 4);
    expect(batches.map(({ epoch, index }) => [epoch, index])).toEqual([[1, 0], [1, 1], [1, 2], [2, 0]]);
    expect(batches.map(({ images: { A, B } }) => [A?.shape, B?.shape])[0]).toEqual([[2, 8, 8, 3], [2, 8, 8, 3]]);
    expect(batches[2]?.images["A"]?.shape).toEqual([1, 8, 8, 3]);
    expect(batches.every(({ waitSeconds }) => waitSeconds >= 0)).toBe(true);
  });

  it("continues in the middle as if it had never stopped, with or without a cache", async () => {
    const whole = await take(createLoader(base()), 6);
    const start = { epoch: 1, index: 2 };
    const resumed = await take(createLoader({ ...base(), start, cacheBytes: 0, prefetch: 0 }), 4);
    expect(timeless(resumed)).toEqual(timeless(whole.slice(2)));
  });

  it("swaps the domains, limits them, and takes them in order", async () => {
    const loader = createLoader({ ...base(), direction: "BtoA", maxDatasetSize: 2, serialBatches: true, channels: { A: 1, B: 3 } });
    const [batch] = await take(loader, 1);
    expect(names(batch?.paths["A"] ?? [])).toEqual(["b0", "b1"]);
    expect(names(batch?.paths["B"] ?? [])).toEqual(["a0", "a1"]);
    expect(batch?.images["A"]?.shape).toEqual([2, 8, 8, 1]);
  });

  it("replaces an unreadable image by the next one and warns once", async () => {
    const broken = join(folder, "broken.png");
    writeFileSync(broken, "not an image");
    const warnings: string[] = [];
    const mixed = [pathsA[0] ?? "", broken, pathsA[2] ?? ""];
    const options = { ...base(), files: { A: mixed, B: pathsB }, serialBatches: true, batchSize: 3 };
    const batches = await take(createLoader({ ...options, onWarning: (message) => warnings.push(message) }), 3);
    expect(names(batches[0]?.paths["A"] ?? [])).toEqual(["a0", "a2", "a2"]);
    expect(warnings).toEqual([expect.stringMatching(/^Skipped .*broken\.png/)]);
    const loader = createLoader({ ...options, files: { A: [broken], B: pathsB } });
    await expect(take(loader, 1)).rejects.toThrow(/at least one image that can be used, got 1 that cannot\. .*broken\.png/);
  });

  it("stops at a crop larger than the image and at images of a batch that differ in size", async () => {
    const tooLarge = take(createLoader({ ...base(), preprocess: "crop", cropSize: 64 }), 1);
    await expect(tooLarge).rejects.toThrow(DataError);
    await expect(tooLarge).rejects.toThrow(/got \d that cannot\. .*expected at least 64×64 pixels to crop from/);
    const wide = await domain("wide", 1, 20);
    const mixed = createLoader({ ...base(), files: { A: [...pathsA, ...wide], B: pathsB }, preprocess: "none", batchSize: 5 });
    await expect(take(mixed, 1)).rejects.toThrow(/of the same batch.*--batch-size 1/);
  });

  it("replaces an image smaller than the crop, and one that would be too large, by the next one", async () => {
    const small = join(folder, "small.png");
    const narrow = join(folder, "narrow.png");
    await sharp({ create: { width: 4, height: 4, channels: 3, background: "red" } }).png().toFile(small);
    await sharp({ create: { width: 1, height: 4000, channels: 3, background: "red" } }).png().toFile(narrow);
    const first = async (path: string, more: object): Promise<readonly [string[], string[]]> => {
      const warnings: string[] = [];
      const files = { A: [path, pathsA[0] ?? ""], B: pathsB };
      const [batch] = await take(createLoader({ ...base(), files, serialBatches: true, batchSize: 1, onWarning: (text) => warnings.push(text), ...more }), 1);
      return [names(batch?.paths["A"] ?? []), warnings];
    };
    expect(await first(small, { preprocess: "crop", cropSize: 6 })).toEqual([["a0"], [expect.stringMatching(/^Skipped .*small\.png: expected at least 6×6/)]]);
    // None of the two images of A fits, nor of the five of B. Either can be noticed first.
    expect(await first(pathsB[1] ?? "", { maxPixels: 119 }).catch(String)).toMatch(/got [25] that cannot\. .*12×10 pixels, more than the limit of 119/);
    expect(await first(narrow, { preprocess: "scale_width", loadSize: 286 })).toEqual([["a0"], [expect.stringMatching(/narrow\.png: expected at most 67108864 pixels/)]]);
  });

  it("waits for images whose folder is away, with one message, and gives up after a time", async () => {
    const paths = await domain("away/a", 3);
    const folderOf = join(folder, "away");
    const warnings: string[] = [];
    const options = { ...base(), files: { A: paths, B: pathsB }, onWarning: (text: string) => warnings.push(text) };
    renameSync(folderOf, `${folderOf}-gone`);
    setTimeout(() => renameSync(`${folderOf}-gone`, folderOf), 700);
    const [batch] = await take(createLoader({ ...options, patience: 10 }), 1);
    expect(batch?.paths["A"]).toHaveLength(2);
    expect(warnings).toEqual([expect.stringMatching(/^.*away.a\d\.png: cannot be reached \(ENOENT: .*\)\. Waiting for it, up to 10 s\.$/)]);
    renameSync(folderOf, `${folderOf}-gone`);
    await expect(take(createLoader({ ...options, patience: 0.5 }), 1)).rejects.toThrow(/cannot be reached .* Waited 0\.5 s\. Look at the disk, then resume\./);
  });

  it("gives the first batch again and again, if asked to", async () => {
    const [first] = await take(createLoader(base()), 1);
    const repeated = await take(createLoader({ ...base(), overfitBatch: true }), 4);
    expect(repeated.map(({ epoch, index }) => [epoch, index])).toEqual([[1, 0], [1, 1], [1, 2], [2, 0]]);
    for (const { images, paths } of repeated) expect({ images, paths }).toEqual({ images: first?.images, paths: first?.paths });
  });

  it("splits aligned images into halves with one crop and flip", async () => {
    const options = { ...base(), dataset: aligned, files: { AB: pathsA }, preprocess: "none" as const, batchSize: 1, serialBatches: true };
    const [batch] = await take(createLoader(options), 1);
    const [A, B] = [batch?.images["A"], batch?.images["B"]];
    expect([A?.shape, B?.shape]).toEqual([[1, 8, 8, 3], [1, 8, 8, 3]]);
    const difference = new Set(A?.data.map((value, at) => Math.round(((B?.data[at] ?? 0) - value) * 127.5)));
    // The ramp over the columns rises by 6 from one half to the other; resizing 6 columns to 8 rounds it.
    for (const step of difference) expect(Math.abs(step - 6)).toBeLessThanOrEqual(1);
    const [swapped] = await take(createLoader({ ...options, direction: "BtoA" }), 1);
    expect(swapped?.images["A"]).toEqual(B);
  });
});

const built = new URL("../../dist/data/loader.js", import.meta.url);

describe.skipIf(!existsSync(built))("the built loader with two threads", () => {
  it("gives the same batches as none, and the errors of its threads", async () => {
    const threaded = ((await import(built.href)) as { createLoader: typeof createLoader }).createLoader;
    const batches = await take(threaded({ ...base(), workers: 2 }), 7);
    expect(timeless(batches)).toEqual(timeless(await take(createLoader(base()), 7)));
    const tooLarge = take(threaded({ ...base(), workers: 2, preprocess: "crop", cropSize: 64 }), 1);
    await expect(tooLarge).rejects.toThrow(/expected at least 64×64 pixels/);
  });

  it("closes while threads are busy, and lets the process exit when nobody closes it", () => {
    const options = JSON.stringify({ ...base(), dataset: undefined, random: undefined, workers: 2 });
    const [random, dataset] = ["random", "data/datasets/unpaired"].map((name) => new URL(`../../dist/${name}.js`, import.meta.url).href);
    const script = `import { createLoader } from ${JSON.stringify(built.href)};
      import { Random } from ${JSON.stringify(random)};
      import { unpaired } from ${JSON.stringify(dataset)};
      const open = () => createLoader({ ...${options}, dataset: unpaired, random: new Random(3), prefetch: 20 });
      const loader = open();
      await loader.next();
      await loader.close();
      console.log("closed");
      const batch = await open().next();
      console.log(batch.images.A.shape.join());
      // Nor does one that has never been asked for a batch, as when a check fails after it was opened.
      open();`;
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      timeout: 20_000,
    });
    expect(output.toString().trim()).toBe("closed\n2,8,8,3");
  });
});

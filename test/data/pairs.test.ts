/** Pairs of images in two folders: what belongs together, and what has no partner. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aligned, pairedFolders } from "../../src/data/datasets/aligned.js";
import { datasetAt, describeImages, findImages, listData, refuseIncomplete } from "../../src/data/image-folder.js";
import { createLoader, type Loader } from "../../src/data/loader.js";
import type { LoaderOptions } from "../../src/data/loader-options.js";
import { DataError } from "../../src/errors.js";
import { Random } from "../../src/random.js";
import { makeImages } from "../cli/make-images.js";

const root = mkdtempSync(join(tmpdir(), "cyclegan-pairs-"));
const at = (...parts: readonly string[]): string => join(root, ...parts);

/** Empty files: only their names matter. */
function files(folder: string, ...names: readonly string[]): void {
  mkdirSync(at(folder), { recursive: true });
  for (const name of names) writeFileSync(at(folder, name), "");
}

beforeAll(() => {
  files("apart/trainA", "1_A.png", "2.png", "3.jpg", "3.png", "left.png");
  files("apart/trainB", "1_B.png", "2.jpg", "3.png", "right.png", "right2.png", "right3.png", "right4.png");
  files("odd/trainA", "1.png");
  files("odd/trainB", "2.png");
  files("together/train", "1.png");
  files("both/train", "1.png");
  files("both/trainA", "1.png");
  files("both/trainB", "1.png");
  makeImages(at("images", "trainA"), 5, 20, 16);
  makeImages(at("images", "trainB"), 5, 20, 16);
  writeFileSync(at("images", "trainA", "3.png"), "broken");
  writeFileSync(at("images", "trainB", "1.png"), "broken");
  makeImages(at("sizes", "trainA"), 1, 20, 16);
  makeImages(at("sizes", "trainB"), 1, 24, 16);
});
afterAll(() => rmSync(root, { recursive: true }));

test("images of one name, without extension and the domain's suffix, are pairs in one order", () => {
  const found = findImages(pairedFolders, { dataroot: at("apart") }, "train");
  expect(found["A"]?.map((path) => basename(path))).toEqual(["1_A.png", "2.png", "3.jpg"]);
  expect(found["B"]?.map((path) => basename(path))).toEqual(["1_B.png", "2.jpg", "3.png"]);
});

test("images without a partner are named, and refused if everything must be used", () => {
  const location = { dataroot: at("apart") };
  const text = describeImages(pairedFolders, location, "train");
  expect(text).toContain("trainA: 3 images, without a partner in the other folder: 2 images (3.png, left.png)");
  expect(text).toContain("trainB: 3 images, without a partner in the other folder: 4 images (right.png, right2.png, right3.png, …)");
  expect(() => refuseIncomplete(pairedFolders, location, "train")).toThrow(DataError);
  expect(() => refuseIncomplete(pairedFolders, location, "train")).toThrow(/trainA: expected pairs, got images, without a partner .* Add their partners/);
});

test("folders without any pair are refused, with names", () => {
  expect(() => findImages(pairedFolders, { dataroot: at("odd") }, "train")).toThrow(
    /odd.trainA and .*odd.trainB: expected images of the same name in both, .* got none; the first are 1\.png and 2\.png\. Rename/,
  );
});

test("the folders that are there decide, halves of images first", () => {
  expect(datasetAt(aligned, { dataroot: at("together") })).toBe(aligned);
  expect(datasetAt(aligned, { dataroot: at("both") })).toBe(aligned);
  expect(datasetAt(aligned, { dataroot: at("apart") })).toBe(pairedFolders);
  expect(datasetAt(aligned, { dataroot: at("nowhere") })).toBe(aligned);
  expect(datasetAt(aligned, { dataroot: "", a: at("apart", "trainA"), b: at("apart", "trainB") })).toBe(pairedFolders);
});

test("pairs are held out together", () => {
  const names = Array.from({ length: 40 }, (_, index) => `${index}.png`);
  files("many/photos", ...names);
  files("many/drawings", ...names.map((name) => name.replace(".png", "_B.png")), "single.png");
  const location = { dataroot: "", a: at("many", "photos"), b: at("many", "drawings"), holdOut: 10, seed: 3 };
  for (const [phase, count] of [["train", 36], ["test", 4]] as const) {
    const { A = [], B = [] } = findImages(pairedFolders, location, phase);
    expect(A).toHaveLength(count);
    expect(B.map((path) => basename(path).replace("_B", ""))).toEqual(A.map((path) => basename(path)));
  }
  expect(listData(pairedFolders, location).bytes.size).toBe(72);
  expect(readdirSync(at("many", "drawings"))).toHaveLength(41);
});

function open(folder: string, options: Partial<LoaderOptions> = {}): Loader {
  const files = findImages(pairedFolders, { dataroot: at(folder) }, "train");
  return createLoader({
    dataset: pairedFolders, files, direction: "AtoB", channels: { A: 3, B: 3 }, maxDatasetSize: 0, batchSize: 1, serialBatches: true,
    flip: false, preprocess: "none", loadSize: 20, cropSize: 16, random: new Random(1), workers: 0, ...options,
  });
}

test("a pair is left out if either of its images cannot be read", async () => {
  const warnings: string[] = [];
  const loader = open("images", { onWarning: (text) => void warnings.push(text) });
  const pairs: string[][] = [];
  for (let step = 0; step < 5; step++) {
    const { paths } = await loader.next();
    pairs.push([paths["A"], paths["B"]].map((side) => basename(side?.[0] ?? "")));
  }
  expect(pairs).toEqual([0, 2, 2, 4, 4].map((index) => [`${index}.png`, `${index}.png`]));
  expect(warnings.toSorted().map((text) => basename(text.split(":")[0] ?? ""))).toEqual(["3.png", "1.png"]);
  await loader.close();
});

test("images of a pair that stay of different sizes are refused with both names", async () => {
  const loader = open("sizes");
  await expect(loader.next()).rejects.toThrow(/trainA.0\.png and .*trainB.0\.png: expected a pair of one size, got 20×16 and 24×16\. Use --preprocess/);
  await loader.close();
});

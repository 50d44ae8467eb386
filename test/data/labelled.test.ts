/** Images and labels that stay together: the same resizing, crop and mirroring, and numbers that are never mixed. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { labelled } from "../../src/data/datasets/labelled.js";
import { encodeLabels, encodePng } from "../../src/data/encode.js";
import { readHeldOutImages } from "../../src/data/held-out.js";
import { findImages } from "../../src/data/image-folder.js";
import { paletteOf, parseClasses, type LabelClasses } from "../../src/data/label-classes.js";
import { createLoader } from "../../src/data/loader.js";
import { UsageError } from "../../src/errors.js";
import { Random } from "../../src/random.js";
import { temporaryFolder } from "./temporary-folder.js";

const folder = temporaryFolder();
const classes = parseClasses("8") as LabelClasses;
const side = 24;

/** Squares of 4×4 pixels of a class each, and an image whose gray is 30 times the class. */
beforeAll(() => {
  for (const domain of ["trainA", "trainB"]) mkdirSync(join(folder, domain));
  for (let index = 0; index < 3; index++) {
    const random = new Random(index);
    const squares = Array.from({ length: 36 }, () => random.integer(8));
    const data = Uint8Array.from({ length: side ** 2 }, (_, i) => squares[6 * Math.floor(i / side / 4) + Math.floor((i % side) / 4)] ?? 0);
    const label = { width: side, height: side, channels: 1, data } as const;
    writeFileSync(join(folder, "trainB", `${index}.png`), encodeLabels(label, paletteOf(classes)));
    writeFileSync(join(folder, "trainA", `${index}.png`), encodePng({ ...label, data: data.map((value) => 30 * value) }));
  }
});

const open = (settings: object) =>
  createLoader({ dataset: labelled, files: findImages(labelled, { dataroot: folder }, "train"), channels: { A: 1, B: 1 }, classes, random: new Random(3), ...settings });

test.each([0, 1])("a crop and its mirror image are those of the image, with %i threads", async (workers) => {
  const loader = open({ preprocess: "crop", cropSize: 16, workers });
  const crops = new Set<string>();
  for (let batch = 0; batch < 12; batch++) {
    const { images: { A, B } } = await loader.next();
    expect(A?.shape).toEqual([1, 16, 16, 1]);
    expect(B?.shape).toEqual([1, 16, 16, 1]);
    const gray = Float32Array.from(B?.data ?? [], (label) => (30 * label) / 127.5 - 1);
    expect(A?.data).toEqual(gray);
    crops.add(String(B?.data));
  }
  expect(crops.size).toBe(12);
  await loader.close();
});

test("resized labels are numbers that were there, at the place of most of the image", async () => {
  const loader = open({ preprocess: "resize_and_crop", loadSize: 36, cropSize: 32, workers: 0 });
  let [near, all] = [0, 0];
  for (let batch = 0; batch < 6; batch++) {
    const { images: { A, B } } = await loader.next();
    for (const [pixel, label] of (B?.data ?? []).entries()) {
      expect(Number.isInteger(label) && label >= 0 && label < 8).toBe(true);
      // Bicubic interpolation mixes the image near the borders of squares only.
      near += Math.abs(((A?.data[pixel] ?? 0) + 1) * 127.5 - 30 * label) < 15 ? 1 : 0;
      all++;
    }
  }
  expect(near / all).toBeGreaterThan(0.6);
  await loader.close();
});

test("held-out labels keep their numbers, at the size of the crop", async () => {
  const paths = findImages(labelled, { dataroot: folder }, "train")["B"] ?? [];
  const transform = { preprocess: "none", loadSize: side, cropSize: side } as const;
  const [held] = await readHeldOutImages({ paths, folder: join(folder, "trainB"), channels: 1, classes, transform });
  expect(held?.image.data[0]).toBeLessThan(8);
  expect(new Set(held?.image.data).size).toBeGreaterThan(4);
});

test("labels without classes are refused", () => {
  expect(() => open({ classes: undefined })).toThrow(UsageError);
  expect(() => open({ classes: undefined })).toThrow(/^createLoader: expected classes for the labels of B, got none\. parseClasses reads them\./);
});

/** The masks of a data set: how they are found, what is left out, and how they are loaded with their images. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { aligned, pairedFolders } from "../../src/data/datasets/aligned.js";
import { unpaired } from "../../src/data/datasets/unpaired.js";
import { encodeImage } from "../../src/data/encode.js";
import { readHeldOutImage } from "../../src/data/held-out.js";
import { describeImages, findImages, findMasks, listData, refuseIncomplete, type DataLocation } from "../../src/data/image-folder.js";
import { createLoader, type LoadedBatch } from "../../src/data/loader.js";
import type { LoaderOptions } from "../../src/data/loader-options.js";
import { decodeMask } from "../../src/data/mask.js";
import { resizeNearest } from "../../src/data/resize-nearest.js";
import { DataError } from "../../src/errors.js";
import { Random } from "../../src/random.js";
import { temporaryFolder } from "./temporary-folder.js";

const folder = temporaryFolder();
const at = (...parts: readonly string[]): string => join(folder, ...parts);
const [width, height] = [20, 14];
const random = new Random(6);

/** Empty files: only their names matter. */
function files(place: string, ...names: readonly string[]): void {
  mkdirSync(at(place), { recursive: true });
  for (const name of names) writeFileSync(at(place, name), "");
}

/** An image of noise that is black outside of its mask and not inside, and the mask. `halves`: the same image twice, side by side. */
async function maskedImage(image: string, mask: string, halves = false): Promise<void> {
  const inside = Uint8Array.from({ length: width * height }, () => random.integer(2));
  const sample = (x: number, y: number): number => (inside[y * width + (x % width)] === 1 ? 100 + random.integer(156) : 0);
  const whole = halves ? 2 * width : width;
  const data = Uint8Array.from({ length: whole * height }, (_, place) => sample(place % whole, Math.floor(place / whole)));
  await encodeImage(at(image), { width: whole, height, channels: 1, data });
  await encodeImage(at(mask), { width, height, channels: 1, data: inside });
}

beforeAll(async () => {
  files("set/trainA", "1.png", "2.jpg", "3.png");
  files("set/trainB", "1.png", "2.png");
  files("set/masks/trainA", "1.webp", "2.png", "other.png");
  files("set/masks/trainB", "1.png", "2.png");
  files("set/strange/trainA", "x.png");
  files("set/strange/trainB", "1.png");
  files("set/masks/A", "1.png", "2.png", "3.png");
  files("set/masks/B", "1.png", "2.png");
  for (const index of [0, 1, 2, 3]) {
    for (const domain of ["A", "B"]) await maskedImage(`images/train${domain}/${index}.png`, `images/masks/train${domain}/${index}.png`);
    await maskedImage(`halves/train/${index}.png`, `halves/masks/train/${index}.png`, true);
  }
});

const location: DataLocation = { dataroot: at("set"), maskDir: at("set", "masks") };
const namesOf = (paths: readonly string[] = []): string[] => paths.map((path) => basename(path));

describe("finding", () => {
  test("images without a mask are left out, and named with masks without an image", () => {
    const { A, B } = findImages(unpaired, location, "train");
    expect([namesOf(A), namesOf(B)]).toEqual([["1.png", "2.jpg"], ["1.png", "2.png"]]);
    const masks = findMasks(unpaired, location, "train");
    expect(masks.get(A?.[0] ?? "")).toBe(at("set", "masks", "trainA", "1.webp"));
    expect(masks.size).toBe(4);
    const text = describeImages(unpaired, location, "train");
    expect(text).toContain(`trainA: 2 images, masks: ${at("set", "masks", "trainA")}, without a mask: 1 image (3.png), without an image: 1 mask (other.png); `);
    expect(text).toContain(`trainB: 2 images, masks: ${at("set", "masks", "trainB")}.`);
    expect(() => refuseIncomplete(unpaired, location, "train")).toThrow(/trainA: expected a mask in .*masks.trainA for every image, got none for 1 image \(3\.png\)\. Add masks, or remove/);
  });

  test("a pair has the mask of the image that is translated, and is left out without it", () => {
    const paired = (direction: "AtoB" | "BtoA") => {
      const { A, B } = findImages(pairedFolders, { ...location, direction }, "train");
      return [namesOf(A), namesOf(B), [...findMasks(pairedFolders, { ...location, direction }, "train").values()].map((path) => basename(join(path, "..")))];
    };
    expect(paired("AtoB")).toEqual([["1.png", "2.jpg"], ["1.png", "2.png"], ["trainA", "trainA"]]);
    expect(paired("BtoA")).toEqual([["1.png", "2.jpg"], ["1.png", "2.png"], ["trainB", "trainB"]]);
    files("few/trainB", "1.png");
    expect(findImages(pairedFolders, { ...location, direction: "BtoA", maskDir: at("few") }, "train")["A"]).toEqual([at("set", "trainA", "1.png")]);
  });

  test("of two named folders they are in A and B, and images are held out of those that have one", () => {
    const named = { dataroot: "", a: at("set", "trainA"), b: at("set", "trainB"), maskDir: at("set", "masks"), holdOut: 34 };
    const [train, held] = [findImages(unpaired, named, "train"), findImages(unpaired, named, "test")];
    expect([train["A"]?.length, held["A"]?.length]).toEqual([2, 1]);
    expect([train["B"]?.length, held["B"]?.length]).toEqual([1, 1]);
    const without = { ...named, maskDir: at("set", "fewer") };
    files("set/fewer/A", "1.png", "3.png");
    files("set/fewer/B", "1.png", "2.png");
    expect(namesOf([...(findImages(unpaired, without, "train")["A"] ?? []), ...(findImages(unpaired, without, "test")["A"] ?? [])]).sort()).toEqual(["1.png", "3.png"]);
  });

  test("folders that are missing, or have no mask of an image's name, are refused with what to do", () => {
    const find = (maskDir: string) => () => findImages(unpaired, { ...location, maskDir }, "train");
    expect(find(at("nowhere"))).toThrow(DataError);
    expect(find(at("nowhere"))).toThrow(/nowhere.trainA: expected a folder of images .*, got nothing there\. The folder of masks \(--mask-dir\) contains trainA and trainB, with a mask/);
    expect(find(at("set", "strange"))).toThrow(/strange.trainA: expected masks with the names of the images in .*trainA, such as 1\.png, got none; the first is x\.png\. Rename the masks\./);
  });

  test("the listing of a data set has the masks, so that a change is noticed", () => {
    const before = listData(unpaired, location);
    expect([...before.bytes.keys()]).toEqual(["A/1.png", "A masks/1.webp", "A/2.jpg", "A masks/2.png", "B/1.png", "B masks/1.png", "B/2.png", "B masks/2.png"]);
    writeFileSync(at("set", "masks", "trainB", "2.png"), "x");
    const now = listData(unpaired, location);
    expect(now.bytes.get("B masks/2.png")).toBe(1);
    expect(now.fingerprint).not.toBe(before.fingerprint);
  });
});

async function load(kind: typeof unpaired, place: string, settings: Partial<LoaderOptions> = {}, count = 3): Promise<LoadedBatch[]> {
  const here = { dataroot: at(place), maskDir: at(place, "masks") };
  const given = { dataset: kind, files: findImages(kind, here, "train"), masks: findMasks(kind, here, "train"), channels: { A: 1, B: 1 } };
  const loader = createLoader({ ...given, batchSize: 2, preprocess: "crop", cropSize: 8, random: new Random(3), workers: 0, ...settings });
  try {
    const batches: LoadedBatch[] = [];
    while (batches.length < count) batches.push(await loader.next());
    return batches;
  } finally {
    await loader.close();
  }
}

describe("loading", () => {
  test.each([0, 2])("a mask is cropped and mirrored as its image, with %i threads", async (workers) => {
    for (const { images } of await load(unpaired, "images", { workers })) {
      for (const { shape, data, mask } of [images["A"]!, images["B"]!]) {
        expect(shape).toEqual([2, 8, 8, 1]);
        // Black, −1, is outside.
        expect(mask).toEqual(Float32Array.from(data, (value) => (value === -1 ? 0 : 1)));
        expect(new Set(mask)).toEqual(new Set([0, 1]));
      }
    }
  });

  test("a pair side by side has one mask of the size of a half, which comes with A", async () => {
    for (const { images } of await load(aligned, "halves")) {
      const expected = Float32Array.from(images["B"]!.data, (value) => (value === -1 ? 0 : 1));
      expect(images["A"]!.mask).toEqual(expected);
      expect(images["B"]!.mask).toBeUndefined();
    }
  });

  test("a mask is resized by nearest neighbours, in training and for measuring", async () => {
    const resize = { preprocess: "resize_and_crop", loadSize: 12, cropSize: 12 } as const;
    const path = at("images", "trainA", "0.png");
    const inside = (await load(unpaired, "images", { serialBatches: true, flip: false, batchSize: 1, ...resize }, 1))[0]?.images["A"]?.mask;
    const original = (await load(unpaired, "images", { serialBatches: true, flip: false, batchSize: 1, preprocess: "none" }, 1))[0]?.images["A"];
    const [, h = 0, w = 0] = original?.shape ?? [];
    // The sides, 20×14, become multiples of 4 with "none".
    expect([w, h]).toEqual([20, 16]);
    const read = await readHeldOutImage(path, { channels: 1, transform: resize, masks: new Map([[path, at("images", "masks", "trainA", "0.png")]]) });
    const mask = decodeMask(at("images", "masks", "trainA", "0.png"));
    const expected = Float32Array.from(resizeNearest(await mask, 12, 12).data, (value) => (value === 0 ? 0 : 1));
    expect(inside).toEqual(expected);
    expect(read.mask).toEqual(expected);
  });

  test("an image whose mask has another size, or cannot be read, is named and left out, or an error with strict", async () => {
    await maskedImage("odd/trainB/0.png", "odd/masks/trainB/0.png");
    for (const index of [0, 1, 2]) await maskedImage(`odd/trainA/${index}.png`, `odd/masks/trainA/${index}.png`);
    await encodeImage(at("odd", "masks", "trainA", "0.png"), { width: 5, height: 4, channels: 1, data: new Uint8Array(20) });
    writeFileSync(at("odd", "masks", "trainA", "1.png"), "broken");
    const said: string[] = [];
    const batches = await load(unpaired, "odd", { onWarning: (text) => said.push(text) });
    expect(new Set(batches.flatMap(({ paths }) => namesOf(paths["A"])))).toEqual(new Set(["2.png"]));
    expect(said.sort()).toEqual([
      expect.stringMatching(/^Skipped .*masks.trainA.1\.png: expected a readable image/),
      expect.stringMatching(/^Skipped .*odd.trainA.0\.png: expected a mask of 20×14 pixels, got 5×4 in .*masks.trainA.0\.png\. Resize the mask\.$/),
    ]);
    await expect(load(unpaired, "odd", { strict: true })).rejects.toThrow(DataError);
    expect(readdirSync(at("odd", "trainA"))).toHaveLength(3);
  });
});

/** Images without a partner: their order, and the folders they are in. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { single } from "../../../src/data/datasets/single.js";
import { datasetAt, describeImages, findImages, type DataLocation } from "../../../src/data/image-folder.js";
import { Random } from "../../../src/random.js";
import { temporaryFolder } from "../temporary-folder.js";

const root = temporaryFolder();

function touch(folder: string, count: number): DataLocation {
  mkdirSync(join(root, folder), { recursive: true });
  for (let image = 0; image < count; image++) writeFileSync(join(root, folder, `${image}.png`), "");
  return { dataroot: join(root, folder.split("/")[0] ?? ""), holdOut: 10, seed: 1 };
}

const find = (location: DataLocation, phase: string): readonly string[] => findImages(datasetAt(single, location), location, phase)["images"] ?? [];

describe("single images", () => {
  it("has every image once in an epoch, in another order each time", () => {
    const order = (epoch: number, serialBatches = false): number[] =>
      single.epoch(epoch, { real: 30 }, { random: new Random(1), serialBatches, flip: true }).map(({ real }) => real.index);
    const all = Array.from({ length: 30 }, (_, index) => index);
    expect(order(1).toSorted((a, b) => a - b)).toEqual(all);
    expect(order(1)).not.toEqual(order(2));
    expect(order(2)).toEqual(order(2));
    expect(order(1, true)).toEqual(all);
    expect(single.samplesPerEpoch({ real: 30 })).toBe(30);
  });

  it("is in train and test", () => {
    const location = touch("set/train", 3);
    touch("set/test", 2);
    expect([find(location, "train").length, find(location, "test").length]).toEqual([3, 2]);
    expect(describeImages(datasetAt(single, location), location, "train")).toMatch(/train: 3 images\.$/);
  });

  it("is in a folder with images and folders of images, of which a part is held out", () => {
    const location = touch("photos", 8);
    touch("photos/more", 12);
    const [train, test] = [find(location, "train"), find(location, "test")];
    expect([train.length, test.length]).toEqual([18, 2]);
    expect(new Set([...train, ...test]).size).toBe(20);
    expect(find(location, "test")).toEqual(test);
    expect(describeImages(datasetAt(single, location), location, "train")).toMatch(/photos: 18 images\. 10 % of them are held out for measuring\.$/);
    expect(() => find({ ...location, holdOut: 0 }, "test")).toThrow(/expected images that are held out, got none \(--hold-out 0, 20 images\)/);
  });

  it("names a folder that is missing or has no images", () => {
    const empty = touch("empty", 0);
    expect(() => find(empty, "train")).toThrow(/empty: expected images \(png[^]*got none\. Name another folder with --dataroot\./);
    expect(() => find({ dataroot: join(root, "absent") }, "train")).toThrow(/absent: expected a folder with the folder train, or images, got nothing there/);
  });
});

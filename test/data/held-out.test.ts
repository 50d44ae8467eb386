import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listImages } from "../../src/data/list-images.js";
import { pairsByName, readHeldOutImages, spread } from "../../src/data/held-out.js";
import { makeImages } from "../cli/make-images.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-held-out-"));
const images = join(folder, "images");

beforeAll(() => {
  makeImages(images, 1, 40, 36);
  makeImages(join(images, "deep"), 1, 20, 64);
  writeFileSync(join(images, "broken.png"), "no image");
});
afterAll(() => rmSync(folder, { recursive: true }));

const named = (...names: readonly string[]): Parameters<typeof pairsByName>[0] => {
  return names.map((name) => ({ name, image: { width: 1, height: 1, channels: 1, data: new Uint8Array(1) } }));
};

test("a part of the images is spread over all of them, and the same one each time", () => {
  expect(spread([0, 1, 2, 3, 4, 5, 6], 3)).toEqual([0, 2, 4]);
  for (const count of [0, 7, 8]) expect(spread([0, 1, 2, 3, 4, 5, 6], count)).toHaveLength(7);
});

test("pairs go by name, with _A and _B left out as in the reference's data sets", () => {
  expect(pairsByName(named("x", "y", "3_A", "z_B"), named("y", "3_B", "q", "x"))).toEqual([
    [0, 3],
    [1, 0],
    [2, 1],
  ]);
  expect(pairsByName(named("n1"), named("n2"))).toEqual([]);
});

const expected8 = ": expected at least 8×8 pixels to measure on, got 36×4.";

describe("reading", () => {
  const read = (preprocess: "resize_and_crop" | "scale_width" | "crop", cropSize: number): ReturnType<typeof readHeldOutImages> => {
    const transform = { preprocess, loadSize: 36, cropSize };
    return readHeldOutImages({ paths: listImages(images), folder: images, channels: 3, transform, onMessage: (text) => said.push(text) });
  };
  let said: string[] = [];
  beforeEach(() => {
    said = [];
  });

  test("goes straight to the size of the crop, and leaves out what cannot be read", async () => {
    const found = await read("resize_and_crop", 32);
    expect(found.map(({ name, image }) => [name, image.width, image.height])).toEqual([
      ["0", 32, 32],
      [join("deep", "0"), 32, 32],
    ]);
    expect(said).toEqual([expect.stringMatching(/^Not measured: .*broken.png: expected a readable image/)]);
  });

  test("keeps the training's size where nothing is cropped", async () => {
    const sizes = (await read("scale_width", 16)).map(({ image }) => [image.width, image.height]);
    expect(sizes).toEqual([[36, 32], [36, 116]]);
  });

  test("leaves out what is too flat for a generator", async () => {
    makeImages(join(folder, "flat"), 1, 40, 6);
    makeImages(join(folder, "flat", "tall"), 1, 40, 60);
    const transform = { preprocess: "scale_width", loadSize: 36, cropSize: 4 } as const;
    const paths = listImages(join(folder, "flat"));
    const found = await readHeldOutImages({ paths, folder, channels: 1, transform, onMessage: (text) => said.push(text) });
    expect(found.map(({ name }) => name)).toEqual([join("flat", "tall", "0")]);
    expect(said).toEqual(["Not measured: " + join(folder, "flat", "0.png") + expected8]);
  });

  test("leaves out what has more pixels than allowed", async () => {
    const transform = { preprocess: "resize_and_crop", loadSize: 36, cropSize: 32 } as const;
    const request = { paths: listImages(images), folder: images, channels: 3, transform } as const;
    expect(await readHeldOutImages({ ...request, maxPixels: 1300, onMessage: (text) => said.push(text) })).toHaveLength(1);
    expect(said.join()).toMatch(/0\.png: .*40×36 pixels, more than the limit of 1300/);
  });

  test("a folder without one image that fits is an error", async () => {
    await expect(read("crop", 64)).rejects.toThrow(/images: expected at least one image to measure on, got 3/);
  });
});

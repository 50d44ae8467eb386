/** Images of 1 to 16 channels, from file to network and back. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { decodeImage, decodeImageBytes } from "../../src/data/decode.js";
import { encodeImage, encodeImageBytes, encodePng } from "../../src/data/encode.js";
import type { DeepImage } from "../../src/data/image.js";
import { createPrepare } from "../../src/data/prepare.js";
import { resizeBicubic } from "../../src/data/resize.js";
import { batchToImages, centered, imageToBatch, samplesOf } from "../../src/data/transform.js";
import { DataError } from "../../src/errors.js";
import { temporaryFolder } from "./temporary-folder.js";

const folder = temporaryFolder();
const deep = { keepDepth: true } as const;
const image = (channels: number, width = 3, height = 2): DeepImage => {
  return { width, height, channels, data: Uint8Array.from({ length: width * height * channels }, (_, index) => (index * 29) % 256) };
};

describe("an image", () => {
  it.each([2, 4, 5, 16])("of %i channels reaches the network and comes back", (channels) => {
    const whole = image(channels);
    const batch = imageToBatch(whole);
    expect(batch.shape).toEqual([1, 2, 3, channels]);
    expect(batchToImages(batch)).toEqual([whole]);
    expect(samplesOf(batch.data, whole.data)).toEqual(whole.data);
  });

  it("has each of its channels resized as a gray image is", () => {
    const whole = image(5, 9, 7);
    const resized = resizeBicubic(whole, 4, 12);
    for (let channel = 0; channel < 5; channel++) {
      const one = (data: DeepImage["data"]): Uint8Array => Uint8Array.from(data.filter((_, at) => at % 5 === channel));
      expect(one(resized.data)).toEqual(resizeBicubic({ width: 9, height: 7, channels: 1, data: one(whole.data) }, 4, 12).data);
    }
  });

  it("is refused with more than 16", () => {
    expect(() => imageToBatch(image(17))).toThrow("with 1 to 16 channels, got 3×2 pixels of 17 channels");
  });
});

describe("PNG", () => {
  it("keeps 2 and 4 channels, of which the last is its opacity", async () => {
    for (const channels of [2, 4]) {
      const whole = image(channels);
      expect(await decodeImageBytes(encodePng(whole), "a.png", channels)).toEqual(whole);
      const bits16 = { ...whole, data: Uint16Array.from(whole.data, (value) => value * 255 + 3) };
      expect(await decodeImageBytes(encodePng(bits16), "a.png", channels, deep)).toEqual(bits16);
    }
  });

  it("does not keep 5", async () => {
    await expect(encodeImageBytes(image(5), "png")).rejects.toThrow("an image of 5 channels cannot be kept as png. Use tiff or npy.");
    await expect(encodeImageBytes(image(4), "webp")).rejects.toThrow("an image of 4 channels cannot be kept as webp");
  });
});

test("a file with other channels is refused, with what to do", async () => {
  const path = join(folder, "five.npy");
  await encodeImage(path, image(5));
  for (const channels of [1, 3, 4]) {
    const decoding = decodeImage(path, channels);
    await expect(decoding).rejects.toThrow(DataError);
    await expect(decoding).rejects.toThrow(
      `${path}: expected an image of ${channels} ${channels === 1 ? "channel" : "channels"}, got 5. ` +
        "Use other images, or train a network for these with --input-nc 5 (domain A) or --output-nc 5 (domain B).",
    );
  }
  writeFileSync(join(folder, "rgb.png"), encodePng(image(3)));
  await expect(decodeImage(join(folder, "rgb.png"), 4)).rejects.toThrow(/rgb\.png: expected an image of 4 channels, got 3\./);
});

test("a loader names it and leaves it out", async () => {
  const path = join(folder, "five.npy");
  await encodeImage(path, image(5, 8, 8));
  const prepare = createPrepare({ preprocess: "none", loadSize: 8, cropSize: 8, cacheBytes: 0 });
  expect(await prepare({ path, channels: 3, choices: centered })).toMatchObject({ unreadable: expect.stringContaining("expected an image of 3 channels, got 5") });
  const batch = { shape: [1, 8, 8, 5], data: imageToBatch(image(5, 8, 8)).data };
  expect(await prepare({ path, channels: 5, choices: centered })).toEqual({ batch });
});

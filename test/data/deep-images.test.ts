/** Images of more than 8 bits, from file to network and back. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { cropImage } from "../../src/data/crop.js";
import { decodeImage, decodeImageBytes } from "../../src/data/decode.js";
import { encodeImageBytes, encodePng } from "../../src/data/encode.js";
import type { DeepImage } from "../../src/data/image.js";
import { createPrepare } from "../../src/data/prepare.js";
import { resizeBicubic } from "../../src/data/resize.js";
import { centered, imageToBatch, samplesOf } from "../../src/data/transform.js";
import { parseValueRange } from "../../src/data/value-range.js";
import { DataError } from "../../src/errors.js";
import { floatTiff } from "../support/float-tiff.js";
import { temporaryFolder } from "./temporary-folder.js";

const folder = temporaryFolder();
const deep = { keepDepth: true } as const;
const gray = (data: DeepImage["data"]): DeepImage => ({ width: data.length, height: 1, channels: 1, data });

describe("16 bits", () => {
  const values = Uint16Array.of(0, 1, 255, 256, 32768, 65534, 65535);

  it("are the same after PNG, gray and RGB", async () => {
    const one = gray(values);
    expect(await decodeImageBytes(encodePng(one), "gray", 1, deep)).toEqual(one);
    const rgb: DeepImage = { width: 2, height: 1, channels: 3, data: values.slice(0, 6) };
    expect(await decodeImageBytes(encodePng(rgb), "rgb", 3, deep)).toEqual(rgb);
  });

  it("are read from TIFF", async () => {
    const tiff = await sharp(values, { raw: { width: 7, height: 1, channels: 1 } }).toColourspace("grey16").tiff({ compression: "lzw" }).toBuffer();
    expect(await decodeImageBytes(tiff, "tiff", 1, deep)).toEqual(gray(values));
  });

  it("keep their opacity, and are composited over white without rounding to 8 bits", async () => {
    const image: DeepImage = { width: 2, height: 1, channels: 1, data: Uint16Array.of(1000, 2000), alpha: Uint16Array.of(65535, 30000) };
    const png = encodePng(image);
    expect(await decodeImageBytes(png, "alpha", 1, { ...deep, keepAlpha: true })).toEqual(image);
    const white = 65535 + (2000 - 65535) * (30000 / 65535);
    expect(await decodeImageBytes(png, "alpha", 1, deep)).toEqual({ width: 2, height: 1, channels: 1, data: Uint16Array.of(1000, Math.round(white)) });
  });

  it("become 8 bits in JPEG and WebP", async () => {
    const flat = gray(new Uint16Array(16).fill(0x80ff));
    const bytes = await encodeImageBytes(flat, "webp");
    const { data } = await decodeImageBytes(bytes, "webp", 1);
    expect(Math.abs((data[0] ?? 0) - Math.round(0x80ff / 257))).toBeLessThanOrEqual(1);
  });

  it("reach the network and come back", () => {
    const { data } = imageToBatch(gray(values));
    expect(Array.from(data)).toEqual(Array.from(values, (value) => Math.fround(value / 32767.5 - 1)));
    expect(samplesOf(data, values)).toEqual(values);
    expect(samplesOf(Float32Array.of(-2, 2, NaN), values)).toEqual(Uint16Array.of(0, 65535, 0));
  });

  it("are resized as 8 bits are, within half of an 8-bit step and the rounding between the two passes", () => {
    const bytes = Uint8Array.from({ length: 13 * 9 }, (_, index) => (index * 97) % 256);
    const [small, large] = [bytes, Uint16Array.from(bytes, (value) => value * 257)].map((data) =>
      resizeBicubic({ width: 13, height: 9, channels: 1, data }, 7, 20),
    );
    const worst = Math.max(...Array.from(small?.data ?? [], (value, index) => Math.abs((large?.data[index] ?? NaN) / 257 - value)));
    // Each of two passes rounds to 8 bits, by up to 0.5; the weights of the second pass sum to at most 1.25 in magnitude.
    expect(worst).toBeLessThanOrEqual(0.5 + 0.5 * 1.25 + 0.01);
    expect(worst).toBeGreaterThan(0);
  });

  it("are resized by opacity: the colour of what is transparent does not show", () => {
    const image: DeepImage = { width: 4, height: 1, channels: 1, data: Uint16Array.of(40000, 40000, 0, 0), alpha: Uint16Array.of(65535, 65535, 0, 0) };
    const { data, alpha } = resizeBicubic(image, 2, 1);
    expect(data[0]).toBe(40000);
    expect(alpha?.[0]).toBeGreaterThan(alpha?.[1] ?? NaN);
  });

  it("are cropped as they are", () => {
    expect(cropImage(gray(values), { left: 4, top: 0, width: 3, height: 1 }).data).toEqual(Uint16Array.of(32768, 65534, 65535));
  });

  it("are trained on without loss", async () => {
    const path = join(folder, "deep.png");
    const data = Uint16Array.from({ length: 16 }, (_, index) => 1000 + index);
    writeFileSync(path, encodePng({ width: 4, height: 4, channels: 1, data }));
    const prepare = createPrepare({ preprocess: "crop", loadSize: 4, cropSize: 4, cacheBytes: 0 });
    expect(await prepare({ path, channels: 1, choices: centered })).toMatchObject({
      batch: { data: Float32Array.from(data, (value) => value / 32767.5 - 1) },
    });
  });
});

describe("a value range", () => {
  it("is 0 to 1 for floats by default; values outside are clipped", async () => {
    const image = await decodeImageBytes(floatTiff([0, 0.25, 1, -3, 7]), "float", 1, deep);
    expect(image.data).toEqual(Float32Array.of(0, 0.25, 1, 0, 1));
  });

  it("makes black and white of other values", async () => {
    const path = join(folder, "ct.tif");
    writeFileSync(path, floatTiff([-1000, 0, 1000]));
    expect((await decodeImage(path, 1, { ...deep, valueRange: [-1000, 1000] })).data).toEqual(Float32Array.of(0, 0.5, 1));
    expect((await decodeImage(path, 1, { valueRange: [-1000, 1000] })).data).toEqual(Uint8Array.of(0, 128, 255));
  });

  it("applies to 16 bits, not to 8", async () => {
    const twelve = encodePng(gray(Uint16Array.of(0, 4095, 65535)));
    expect((await decodeImageBytes(twelve, "12 bits", 1, { ...deep, valueRange: [0, 4095] })).data).toEqual(Float32Array.of(0, 1, 1));
    const eight = encodePng(gray(Uint8Array.of(0, 255)));
    expect((await decodeImageBytes(eight, "8 bits", 1, { ...deep, valueRange: [0, 4095] })).data).toEqual(Uint8Array.of(0, 255));
  });

  it("is written as 16 bits", async () => {
    const png = encodePng(gray(Float32Array.of(0, 0.5, 1)));
    expect((await decodeImageBytes(png, "png", 1, deep)).data).toEqual(Uint16Array.of(0, 32768, 65535));
  });

  it.each([NaN, Infinity])("refuses %s, by the name of the file", async (value) => {
    const decoding = decodeImageBytes(floatTiff([0, value]), "odd.tif", 1, deep);
    await expect(decoding).rejects.toThrow(DataError);
    await expect(decoding).rejects.toThrow(/^odd\.tif: .*NaN or infinity among its values/);
  });

  it("is two numbers in order, or auto", () => {
    expect(parseValueRange("-1000, 3000")).toEqual([-1000, 3000]);
    expect(parseValueRange("auto")).toBe("auto");
    for (const text of ["", "1", "1,", "1,1", "2,1", "1,2,3", "0,inf", "a,b"]) expect(parseValueRange(text)).toBeUndefined();
  });
});

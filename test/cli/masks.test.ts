/** `translate --mask-dir`. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeImage } from "../../src/data/decode.js";
import { encodeImage } from "../../src/data/encode.js";
import type { DeepImage } from "../../src/data/image.js";
import { parameterShapes } from "../../src/models/networks/layer.js";
import { resnetGenerator } from "../../src/models/networks/resnet.js";
import { Random } from "../../src/random.js";
import { storeFloat32, writeSafetensors } from "../../src/io/safetensors.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-masks-"));
const inFolder = (...parts: readonly string[]): string => join(folder, ...parts);
const random = new Random(3);
const [width, height] = [40, 24];

/** A generator with random weights, in a file. */
function writeGenerator(path: string, inputNc: number, outputNc: number): void {
  const shapes = parameterShapes(resnetGenerator({ inputNc, outputNc, ngf: 4, nBlocks: 1, norm: "instance", upsample: "conv-transpose" }));
  const values = (shape: readonly number[]): Float32Array => Float32Array.from({ length: shape.reduce((size, extent) => size * extent, 1) }, () => 0.2 * random.normal());
  writeFileSync(path, writeSafetensors(new Map([...shapes].map(([name, shape]) => [name, storeFloat32(shape, values(shape))]))));
}

function photo(): DeepImage {
  return { width, height, channels: 3, data: Uint16Array.from({ length: width * height * 3 }, () => random.integer(65536)) };
}

/** The right half is inside. */
const half: DeepImage = { width, height, channels: 1, data: Uint8Array.from({ length: width * height }, (_, at) => (at % width < 20 ? 0 : 255)) };

const translate = (...args: readonly string[]) => cyclegan(folder, "translate", "--model", "g.safetensors", ...args);

beforeAll(async () => {
  writeGenerator(inFolder("g.safetensors"), 3, 3);
  writeGenerator(inFolder("gray.safetensors"), 3, 1);
  await encodeImage(inFolder("photos", "a.png"), photo());
  await encodeImage(inFolder("photos", "deep", "b.tiff"), photo());
  await encodeImage(inFolder("photos", "small.png"), photo());
  await encodeImage(inFolder("photos", "lonely.png"), photo());
  await encodeImage(inFolder("masks", "a.npy"), half);
  await encodeImage(inFolder("masks", "deep", "b.png"), half);
  await encodeImage(inFolder("masks", "small.png"), { width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 255) });
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (...path: readonly string[]): Promise<DeepImage> => decodeImage(inFolder(...path), 3, { keepDepth: true });

/** The samples of the left half, which is outside, and of the right. */
function halves({ data }: DeepImage): { readonly outside: number[]; readonly inside: number[] } {
  const isLeft = (at: number): boolean => Math.floor(at / 3) % width < 20;
  return { outside: Array.from(data.filter((_, at) => isLeft(at))), inside: Array.from(data.filter((_, at) => !isLeft(at))) };
}

describe("translate --mask-dir", { timeout: 60_000 }, () => {
  test("keeps what is outside to the bit, and names images without a mask of their size", async () => {
    const { code, stderr } = await translate("--input", "photos", "--output", "out", "--mask-dir", "masks");
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/Skipped: photos\/lonely\.png: expected a mask of this image's name in masks, got none\. Add one/);
    expect(stderr).toMatch(/Skipped: photos\/small\.png: expected a mask of 40×24 pixels, got 2×1 in masks\/small\.png\. Resize the mask\./);
    expect(stderr).toMatch(/Images: 2 translated, 2 skipped/);
    await translate("--input", "photos", "--output", "whole");
    for (const path of [["a.png"], ["deep", "b.tiff"]]) {
      const [original, whole, masked] = [await read("photos", ...path), await read("whole", ...path), await read("out", ...path)].map(halves);
      expect(masked?.outside).toEqual(original?.outside);
      expect(masked?.inside).toEqual(whole?.inside);
      expect(masked?.inside).not.toEqual(original?.inside);
    }
  });

  test("works in tiles and at another size, at which the mask is resized like the image", async () => {
    await translate("--input", "photos/a.png", "--output", "tiled.png", "--mask-dir", "masks", "--tile", "16");
    expect(halves(await read("tiled.png")).outside).toEqual(halves(await read("photos", "a.png")).outside);
    const { code, stderr } = await translate("--input", "photos/a.png", "--output", "twice.png", "--mask-dir", "masks", "--scale", "2");
    expect(code, stderr).toBe(0);
    expect(await read("twice.png")).toMatchObject({ width: 80, height: 48 });
  });

  test("translates an image again whose mask has changed", async () => {
    const again = async (): Promise<string> => (await translate("--input", "photos", "--output", "out", "--mask-dir", "masks")).stderr;
    expect(await again()).toMatch(/2 of 4 images were finished before/);
    utimesSync(inFolder("masks", "a.npy"), 1, 1);
    expect(await again()).toMatch(/1 of 4 images were finished before/);
  });

  test("is refused where it has no meaning", async () => {
    const refused = async (...args: readonly string[]): Promise<string> => {
      const { code, stderr } = await translate(...args, "--mask-dir", "masks");
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused("--input", "photos", "--output", "x", "--model", "gray.safetensors")).toMatch(/--mask-dir: expected a network with as many output as input channels, .* got 3 and 1\./);
    expect(await refused("--input", "-", "--output", "x.png")).toMatch(/--mask-dir does not work with standard input/);
    mkdirSync(inFolder("none"));
    const empty = await translate("--input", "photos", "--output", "x", "--mask-dir", "none");
    expect([empty.code, empty.stderr]).toEqual([1, expect.stringMatching(/none: expected images .* in this folder or below it, got none/)]);
  });
});

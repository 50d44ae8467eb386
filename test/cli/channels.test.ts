/** Images of any number of channels, through the whole command. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeImage } from "../../src/data/encode.js";
import { npyHeader, npySamples } from "../../src/data/npy.js";
import { Random } from "../../src/random.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-channels-"));
const inFolder = (...parts: readonly string[]): string => join(folder, ...parts);
const random = new Random(0);

function samples(count: number, white: number): number[] {
  return Array.from({ length: count }, () => random.uniform() * white);
}

function load(path: string): { readonly shape: readonly number[]; readonly data: ReturnType<typeof npySamples> } {
  const file = readFileSync(path);
  const { height, width, channels, ...header } = npyHeader(file);
  return { shape: [height, width, channels], data: npySamples(file, { height, width, channels, ...header }) };
}

beforeAll(async () => {
  const size = { width: 40, height: 36 };
  for (const phase of ["train", "test"]) {
    await encodeImage(inFolder("data", `${phase}A`, "a.npy"), { ...size, channels: 5, data: Float32Array.from(samples(40 * 36 * 5, 1)) });
    await encodeImage(inFolder("data", `${phase}B`, "b.npy"), { ...size, channels: 2, data: Uint16Array.from(samples(40 * 36 * 2, 65535)) });
  }
  await encodeImage(inFolder("data", "testA", "gray.png"), { ...size, channels: 1, data: new Uint8Array(40 * 36) });
  const channels = ["--input-nc", "5", "--output-nc", "2", "--lambda-identity", "0"];
  const tiny = ["--load-size", "36", "--crop-size", "32", "--ngf", "4", "--ndf", "4", "--n-blocks", "1", "--max-steps", "2", "--eval-freq", "2"];
  const { code, stderr } = await cyclegan(folder, "train", "--dataroot", "data", "--name", "five", ...channels, ...tiny);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/Samples show the first three channels as RGB of the 5 of A\.\nSamples show the first channel of the 2 of B\./);
  expect(stderr).toMatch(/Not measured: .*gray\.png: expected an image of 5 channels, got 1\./);
  expect(stderr).toMatch(/On held-out images: swd \d/);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a model of 5 and 2 channels", { timeout: 60_000 }, () => {
  const translate = (...args: readonly string[]) => cyclegan(folder, "translate", "--model", "runs/five", ...args);

  test("translates .npy files in their own type, whole and in tiles, and leaves out other channels by name", async () => {
    const { stderr, code } = await translate("--input", "data/testA", "--output", "whole");
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/Skipped: .*gray\.png: expected an image of 5 channels, got 1\. Use other images, or train a network for these with --input-nc 1/);
    await translate("--input", "data/testA/a.npy", "--output", "tiles.npy", "--tile", "16");
    const [whole, tiles] = [load(inFolder("whole", "a.npy")), load(inFolder("tiles.npy"))];
    expect([whole.shape, tiles.shape]).toEqual([[36, 40, 2], [36, 40, 2]]);
    expect(whole.data).toBeInstanceOf(Float32Array);
    // Within rounding: values of about 1, after some ten layers of float32.
    for (const [at, value] of whole.data.entries()) expect(Math.abs(value - (tiles.data[at] ?? NaN))).toBeLessThan(1e-5);
  });

  test("translates the other way from 16 bits to 16 bits", async () => {
    const { code, stderr } = await translate("--direction", "BtoA", "--input", "data/testB", "--output", "back");
    expect(code, stderr).toBe(0);
    const back = load(inFolder("back", "b.npy"));
    expect(back.shape).toEqual([36, 40, 5]);
    expect(back.data).toBeInstanceOf(Uint16Array);
  });

  test("refuses formats that cannot hold its channels", async () => {
    const { code, stderr } = await translate("--input", "data/testA", "--output", "jpegs", "--format", "jpg");
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--format: expected one for the 2 channels that the network makes, got jpg\. Use tiff or npy\./)]);
  });

  test("is measured", async () => {
    const { code, stdout, stderr } = await cyclegan(folder, "eval", "--model", "runs/five");
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/SWD × 1000/);
  });
});

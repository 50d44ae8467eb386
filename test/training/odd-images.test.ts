import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DataError, DeviceError } from "../../src/errors.js";
import { train } from "../../src/training/train.js";
import { makeImages } from "../cli/make-images.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-odd-"));
const tiny = { ngf: 4, ndf: 4, nBlocks: 1, numThreads: 0, evalFreq: 0, sampleImages: 0, nEpochs: 2, nEpochsDecay: 0 };

beforeAll(() => {
  for (const domain of ["trainA", "trainB"]) makeImages(join(folder, "data", domain), 2, 40, 36);
  makeImages(join(folder, "data", "trainA", "small"), 1, 4, 4);
  makeImages(join(folder, "data", "trainA", "narrow"), 1, 8, 400);
  for (const domain of ["trainA", "trainB"]) makeImages(join(folder, "small", domain), 1, 4, 4);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("images of sizes that cannot be trained on are named and left out, and the training goes to its end", async () => {
  const messages: string[] = [];
  const settings = { ...tiny, dataroot: join(folder, "data"), runsDir: join(folder, "runs"), name: "odd", preprocess: "none" };
  const { steps } = await train(settings, { onMessage: (text) => messages.push(text) });
  expect(steps).toBe(8);
  const leftOut = messages.filter((text) => text.includes("cannot be trained on"));
  expect(leftOut.some((text) => /^Left out at step \d, because they cannot be trained on: .*small.0\.png, .*\.png\. conv2d: expected /.test(text))).toBe(true);
  expect(leftOut.some((text) => text.includes(join("narrow", "0.png")))).toBe(true);
  const events = readFileSync(join(folder, "runs", "odd", "events.jsonl"), "utf8").trim().split("\n");
  expect(events).toHaveLength(leftOut.length);
});

test("with strict, such an image ends the training with its last step saved, and a broken one ends it too", async () => {
  const settings = { ...tiny, dataroot: join(folder, "data"), runsDir: join(folder, "runs"), preprocess: "none", strict: true };
  await expect(train({ ...settings, name: "strict" })).rejects.toThrow(/^--strict: expected images that can be trained on, got .*\.png, .*\.png\. conv2d: expected /);
  const broken = join(folder, "broken");
  cpSync(join(folder, "data", "trainB"), join(broken, "trainA"), { recursive: true });
  for (const part of ["trainB", "testA", "testB"]) cpSync(join(broken, "trainA"), join(broken, part), { recursive: true });
  const messages: string[] = [];
  const trainOn = (more: object): Promise<unknown> =>
    train({ ...tiny, dataroot: broken, runsDir: join(folder, "runs"), loadSize: 36, cropSize: 32, maxSteps: 1, strict: true, overwrite: true, evalFreq: 1, ...more }, {
      onMessage: (text) => messages.push(text),
    });
  await trainOn({});
  for (const part of ["trainA", "testA"]) {
    writeFileSync(join(broken, part, "0.png"), "no image");
    await expect(trainOn({ maxSteps: 3 }), part).rejects.toThrow(new RegExp(`${part}.0\\.png: expected a readable image`));
    symlinkSync(join(broken, "none"), join(broken, part, "link.png"));
    await expect(trainOn({}), part).rejects.toThrow(/--strict: expected only images that can be used, got .*link\.png \(a link to nothing/);
    rmSync(join(broken, part), { recursive: true });
    cpSync(join(broken, "trainB"), join(broken, part), { recursive: true });
  }
  expect(messages.filter((text) => /Skipped|Not measured|Nothing is/.test(text))).toEqual([]);
});

test("a data set of nothing else ends before a run is made", async () => {
  const settings = { ...tiny, dataroot: join(folder, "small"), runsDir: join(folder, "none"), name: "odd", preprocess: "none" };
  await expect(train(settings)).rejects.toThrow(DataError);
});

test("a crop that the device cannot train on is refused before any image is read", async () => {
  const settings = { ...tiny, dataroot: join(folder, "data"), runsDir: join(folder, "none"), name: "big", loadSize: 60_000, cropSize: 60_000 };
  const before = process.memoryUsage().rss;
  await expect(train(settings)).rejects.toThrow(DeviceError);
  await expect(train(settings)).rejects.toThrow(/^--crop-size 60000: this device cannot train on images of that size\. device memory: the images of a step need 43\.2 GB/);
  expect(process.memoryUsage().rss - before).toBeLessThan(500e6);
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeImage } from "../../src/data/decode.js";
import { train } from "../../src/training/train.js";
import { makeImages } from "../cli/make-images.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-samples-"));
const tiny = { loadSize: 36, cropSize: 32, ngf: 4, ndf: 4, nBlocks: 1, numThreads: 0, displayFreq: 1, maxSteps: 2, evalFreq: 0 };

beforeAll(() => {
  for (const domain of ["trainA", "trainB"]) makeImages(join(folder, "data", domain), 4, 40, 36);
  for (const domain of ["testA", "testB"]) makeImages(join(folder, "data", domain), 3, 36, 36);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The sides in pixels of the sample grids of two steps, and of each its left column, which shows the real images. */
async function grids(name: string, more: object): Promise<{ sides: number[]; real: string }[]> {
  await train({ dataroot: join(folder, "data"), runsDir: join(folder, "runs"), name, ...tiny, ...more });
  return Promise.all([1, 2].map(async (step) => {
    const { width, height, data } = await decodeImage(join(folder, "runs", name, "samples", `step-00000${step}.png`), 3);
    const column = Array.from({ length: height }, (_, y) => [...data.subarray(y * width * 3, (y * width + 128) * 3)]);
    return { sides: [width, height], real: column.join() };
  }));
}

test("every sample grid shows the same test images of each domain", async () => {
  const [first, second] = await grids("fixed", {});
  expect(first?.sides).toEqual([4 * 130 - 2, 4 * 130 - 2]);
  expect(second).toEqual(first);
});

test("without test images, the grids show the same training images", async () => {
  const phase = { dataroot: join(folder, "other") };
  for (const domain of ["trainA", "trainB"]) makeImages(join(folder, "other", domain), 4, 40, 36);
  const [first, second] = await grids("trained", { ...phase, sampleImages: 1 });
  expect(first?.sides).toEqual([4 * 130 - 2, 2 * 130 - 2]);
  expect(second).toEqual(first);
});

test("with --sample-images 0 the grids show the images of their step", async () => {
  const [first, second] = await grids("batch", { sampleImages: 0 });
  expect(first?.sides).toEqual([4 * 130 - 2, 2 * 130 - 2]);
  expect(second?.real).not.toBe(first?.real);
});

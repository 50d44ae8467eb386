import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stateless } from "../../../src/nn/module.js";
import { scale } from "../../../src/ops/scale.js";
import { trainConfig } from "../../../src/training/config.js";
import type { TrainConfig } from "../../../src/training/config.js";
import { createEvaluator } from "../../../src/models/cyclegan/evaluator.js";
import { makeImages } from "../../cli/make-images.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();
let folder = "";
let said: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-evaluator-"));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const create = (given: Partial<TrainConfig> = {}): ReturnType<typeof createEvaluator> => {
  const config = trainConfig({ dataroot: folder, loadSize: 32, cropSize: 32, ...given });
  return createEvaluator(gpu(), config, (text) => said.push(text));
};

test("generators that change nothing between equal folders are at 0, negatives are not, and all images count", async () => {
  for (const domain of ["testA", "testB"]) makeImages(join(folder, domain), 3, 32, 32);
  const evaluator = await create();
  const [same, negative] = [stateless((x) => scale(x, 1)), stateless((x) => scale(x, -1))];
  expect(await evaluator?.({ G_A: same, G_B: same })).toEqual({ swd_A: 0, swd_B: 0, swd: 0, cycle_A: 0, cycle_B: 0 });
  const turned = await evaluator?.({ G_A: negative, G_B: same });
  expect(turned?.swd_B).toBeGreaterThan(10);
  expect(turned).toMatchObject({ swd_A: 0, swd: (turned?.swd_B ?? 0) / 2 });
  expect(turned?.cycle_A).toBeGreaterThan(0.1);
  expect(await (await create({ evalImages: 1 }))?.({ G_A: negative, G_B: same })).not.toEqual(turned);
  expect(said).toEqual([]);
});

test("without test images, or without one that can be used, nothing is measured, and that is said", async () => {
  expect(await create()).toBeUndefined();
  expect(said.splice(0)).toEqual([expect.stringMatching(/^Nothing is measured on held-out images: .*testA: expected a folder/)]);
  makeImages(join(folder, "testA"), 1, 32, 32);
  makeImages(join(folder, "testB"), 1, 32, 32);
  writeFileSync(join(folder, "testB", "0.png"), "no image");
  expect(await create()).toBeUndefined();
  expect(said.splice(0)[1]).toMatch(/testB: expected at least one image to measure on, got 1/);
  expect(await create({ evalFreq: 0 })).toBeUndefined();
  expect(said).toEqual([]);
});

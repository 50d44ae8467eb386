import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import sharp from "sharp";
import { measureTask } from "../../src/demo/run-task.js";
import type { DemoTask } from "../../src/demo/task.js";
import { readTranslations } from "../../src/report/translations.js";
import { trainConfig } from "../../src/run/options.js";
import { train } from "../../src/training/train.js";

const small = { ngf: 2, ndf: 2, nBlocks: 1, loadSize: 16, cropSize: 16, netD: "n_layers", nLayersD: 1 };
const hooks = { onProgress: () => {}, onMessage: () => {} };
const heldOut = [{ name: "One", image: "1.png" }, { name: "Two", image: "2.png" }];

let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-run-task-"));
  for (const domain of ["trainA", "trainB", "testA"]) {
    mkdirSync(join(folder, "data", domain), { recursive: true });
    for (const { image } of heldOut) {
      await sharp({ create: { width: 16, height: 16, channels: 3, background: "teal" } }).png().toFile(join(folder, "data", domain, image));
    }
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

test("a task that holds images of one domain out is translated in that direction, with its outlook", async () => {
  const config = trainConfig({ dataroot: join(folder, "data"), runsDir: folder, name: "run", maxSteps: 1, numThreads: 0, evalFreq: 0, ...small });
  const task: DemoTask = {
    name: "one",
    summary: "",
    dataset: "data",
    domains: { A: "photographs", B: "posters" },
    size: 16,
    steps: 1,
    models: { cycle_gan: small },
    outlook: "More steps give more.",
    makeDataset: async () => heldOut,
  };
  const { run } = await train(config);
  const { sets, picture } = await measureTask(task, config, run, heldOut, hooks);
  expect(sets.map(({ direction, from, to, rows, distances }) => [direction, from, to, rows.length, distances])).toEqual([
    ["AtoB", "photographs", "posters", 2, undefined],
  ]);
  expect(await readTranslations(run)).toEqual([{ ...sets[0], note: "More steps give more." }]);
  // Two columns and two rows of 64 pixels, with two pixels between them.
  expect(await sharp(picture).metadata()).toMatchObject({ width: 130, height: 130 });
});

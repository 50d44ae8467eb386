import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { trainConfig } from "../../src/train/config.js";
import { createRunFolder, readRunConfig } from "../../src/train/run-folder.js";
import { outputName, planTranslation } from "../../src/train/translate-plan.js";
import type { TranslateOptions } from "../../src/train/translate-plan.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-plan-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function makeRun(settings: Readonly<Record<string, unknown>>): string {
  const run = createRunFolder(trainConfig({ dataroot: "d", name: "run", runsDir: folder, ...settings }));
  for (const name of ["G_A", "G_B"]) writeFileSync(join(run.checkpoints, `latest_net_${name}.safetensors`), "");
  return run.path;
}

function makeFiles(...names: readonly string[]): string {
  for (const name of names) {
    mkdirSync(join(folder, "in", name, ".."), { recursive: true });
    writeFileSync(join(folder, "in", name), "");
  }
  return join(folder, "in");
}

test("PNG, JPEG and WebP keep their names, all else becomes PNG, and no two share a name", () => {
  const taken = new Set<string>();
  const names = ["a.png", "a.tiff", "a.PNG", "b.bmp", "b.gif", "sub/c.JPG", "d.webp", "e.gif"];
  expect(names.map((name) => outputName(name, taken))).toEqual([
    "a.png", "a.tiff.png", "a.PNG.png", "b.png", "b.gif.png", "sub/c.JPG", "d.webp", "e.png",
  ]);
});

test("relative names are kept", () => {
  const input = makeFiles("cat.jpg", "deep/dog.bmp", "notes.txt");
  const output = join(folder, "out");
  expect(planTranslation({ model: makeRun({}), direction: "AtoB", input, output }).images).toEqual([
    { from: join(input, "cat.jpg"), to: join(output, "cat.jpg") },
    { from: join(input, "deep/dog.bmp"), to: join(output, "deep/dog.png") },
  ]);
});

test("an image of the input is never overwritten, not even through a link", () => {
  const options: Omit<TranslateOptions, "output"> & { readonly input: string } = {
    model: makeRun({}), direction: "AtoB", input: makeFiles("cat.jpg", "results/cat.jpg"),
  };
  const output = join(folder, "link");
  symlinkSync(join(options.input, "results"), output);
  expect(() => planTranslation({ ...options, output })).toThrow(/link.cat.jpg, which would be overwritten/);
  rmSync(join(options.input, "results", "cat.jpg"));
  expect(planTranslation({ ...options, output }).images).toHaveLength(1);
});

test("A and B are the data set's folders, also for a run that was trained the other way round", () => {
  const input = makeFiles("cat.jpg");
  const settings = { direction: "BtoA", inputNc: 1, outputNc: 3, lambdaIdentity: 0 };
  const options = { model: makeRun(settings), input, output: join(folder, "out") };
  const there = planTranslation({ ...options, direction: "AtoB" });
  const back = planTranslation({ ...options, direction: "BtoA" });
  expect(there.weights).toMatch(/latest_net_G_B/);
  expect(there.generator).toMatchObject({ inputNc: 3, outputNc: 1 });
  expect(back.weights).toMatch(/latest_net_G_A/);
  expect(back.generator).toMatchObject({ inputNc: 1, outputNc: 3 });
});

test("a run's settings come back as they were, and its folder is replaced only when asked", () => {
  const config = trainConfig({ dataroot: "d", name: "run", runsDir: folder, ngf: 12, lr: 1e-3 });
  const { path } = createRunFolder(config);
  expect(readRunConfig(path)).toEqual(config);
  writeFileSync(join(path, "log.jsonl"), "{}");
  expect(() => createRunFolder({ ...config, ngf: 8 })).toThrow(/--overwrite/);
  expect(readFileSync(join(path, "log.jsonl"), "utf8")).toBe("{}");
  createRunFolder({ ...config, ngf: 8, overwrite: true });
  expect(() => readFileSync(join(path, "log.jsonl"))).toThrow();
  expect(readRunConfig(path).ngf).toBe(8);
});

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { partialPath } from "../../src/io/files.js";
import { train } from "../../src/training/train.js";
import { translate } from "../../src/translate/translate.js";
import { makeImages } from "../cli/make-images.js";
import { deadPartial } from "../support/dead-partial.js";
import { writeGeneratorFile } from "../support/generator-file.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-leftovers-"));
const runs = join(folder, "runs");
const settings = {
  dataroot: join(folder, "data"), runsDir: runs, name: "one", loadSize: 36, cropSize: 32, ngf: 4, ndf: 4, nBlocks: 1,
  numThreads: 0, evalFreq: 0, sampleImages: 0, maxSteps: 1,
};
beforeAll(() => {
  for (const domain of ["trainA", "trainB"]) makeImages(join(folder, "data", domain), 2, 40, 36);
  writeGeneratorFile(join(folder, "model.safetensors"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const left = (paths: readonly string[]): string[] => paths.filter((path) => existsSync(path));

test("a training sweeps what killed processes left among the runs and in its own, and leaves what a process is writing", async () => {
  const replaced = deadPartial(runs);
  const living = partialPath(join(runs, "x"));
  writeFileSync(living, "");
  await train(settings);
  expect(left([replaced, living])).toEqual([living]);
  const inRun = ["", "samples", "checkpoints"].map((part) => deadPartial(join(runs, "one", part)));
  await train({ ...settings, maxSteps: 2 }, { resume: true });
  expect(left(inRun)).toEqual([]);
  // What appears while it trains, such as that of a tool beside it, is swept at its end.
  let late: readonly string[] = [];
  const onProgress = (): void => void (late = ["", "samples", "checkpoints"].map((part) => deadPartial(join(runs, "one", part))));
  await train({ ...settings, maxSteps: 3 }, { resume: true, onProgress });
  expect([late.length, left(late)]).toEqual([3, []]);
});

test("a translation sweeps its output at its start, even if all is finished, and at its end", async () => {
  const [input, output] = [join(folder, "data", "trainA"), join(folder, "out")];
  const task = { model: join(folder, "model.safetensors"), direction: "AtoB", input, output } as const;
  const early = [deadPartial(output), deadPartial(join(output, "deep"))];
  let late = "";
  await translate(task, {
    onProgress: () => {
      expect(left(early)).toEqual([]);
      late ||= deadPartial(join(output, "deep"));
    },
  });
  expect([late !== "", left([late])]).toEqual([true, []]);
  const again = deadPartial(output);
  expect((await translate(task)).finished).toBe(2);
  expect(left([again])).toEqual([]);
});

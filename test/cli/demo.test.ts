import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { datasetFolder } from "../../src/demo/settings.js";
import { taskNamed } from "../../src/demo/tasks/index.js";
import { writeFakeEmoji } from "../demo/fake-emoji.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-demo-"));
beforeAll(async () => {
  const cacheFolder = join(folder, "cache");
  await writeFakeEmoji(cacheFolder, Array.from({ length: 10 }, (_, index) => `1f60${index}`), "Smileys & Emotion");
  for (const name of ["gray2color", "noise2emoji"]) {
    const task = taskNamed(name);
    await task.makeDataset({ folder: join(folder, datasetFolder(task)), cacheFolder, onProgress: () => {}, onDone: () => {} });
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("demo", { timeout: 120_000 }, () => {
  test.each([
    ["--task gray2color", "demo-gray2color", /of 4 images never seen in training:\n.*\ngray to colour +\d\.\d{4} +\d\.\d{4} +-?\d+\.\d %\n/],
    ["--task gray2color --model cycle_gan", "demo-gray2color-cycle_gan", /\ngray to colour .*\ncolour to gray .*\naverage .*\n/],
    ["--task noise2emoji", "demo-noise2emoji", /^Sliced Wasserstein distance × 1000 to 4 images.*\n4 images made of noise +\d+\.\d\n4 images of the training +\d+\.\d\n/],
  ])("%s trains, measures and draws", async (words, run, table) => {
    const { code, stdout, stderr } = await cyclegan(folder, "demo", ...words.split(" "), "--steps", "2");
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(table);
    const [page, picture] = stdout.trimEnd().split("\n").toReversed();
    expect(page).toBe(join("runs", run, "index.html"));
    expect(picture?.startsWith(join("runs", run))).toBe(true);
    for (const path of [page, picture]) expect(existsSync(join(folder, path ?? ""))).toBe(true);
  });

  test("names the tasks in its help, and for a task or a model that it does not have", async () => {
    const { stdout } = await cyclegan(folder, "demo", "--help");
    expect(stdout).toMatch(/\n {2}gray2color +emoji from their luminance.* \(pix2pix, cycle_gan\)\n/);
    expect(await cyclegan(folder, "demo", "--task", "gray2colour")).toMatchObject({ code: 2, stderr: expect.stringMatching(/--task: expected style, gray2color,.*got "gray2colour"/) });
    expect(await cyclegan(folder, "demo", "--task", "enhance", "--model", "cut")).toMatchObject({ code: 2, stderr: expect.stringContaining("the task enhance can be trained with cycle_gan, not with") });
  });
});

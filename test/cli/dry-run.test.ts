import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-dry-"));
const tiny = ["--load-size", "36", "--crop-size", "32", "--ngf", "4", "--ndf", "4", "--n-blocks", "1"];
beforeAll(() => {
  for (const domain of ["trainA", "trainB"]) makeImages(join(folder, "data", domain), 2, 40, 40);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("train --dry-run prints a table and writes nothing", { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await cyclegan(folder, "train", "--dataroot", "data", ...tiny, "--dry-run", "--memory", "0.001");
  expect(stderr).toMatch(/data.trainA: 2 images; data.trainB: 2 images\./);
  expect(stdout).toMatch(/^Images  2 an epoch, 32×32 pixels.*\nMemory  [^]*TOO MUCH for 1\.00 MB[^]*\nTime    not measured/);
  expect(code).toBe(0);
  expect(existsSync(join(folder, "runs"))).toBe(false);
});

test.each(["much", "Infinity", "", "0", "-1"])("--memory %j is no number of gigabytes", { timeout: 30_000 }, async (memory) => {
  const { code, stderr } = await cyclegan(folder, "train", "--dataroot", "data", "--dry-run", "--memory", memory);
  expect(stderr).toBe(`cyclegan: --memory: expected a number of gigabytes above 0, got ${JSON.stringify(memory)}.\n`);
  expect(code).toBe(2);
});

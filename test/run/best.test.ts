import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bestScore, forgetBestAfter, forgetReplaced, keepBest } from "../../src/run/best.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-best-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const weights = (): string => join(folder, "best_net_G_A.safetensors");
/** Keeps a score; text stands for the weights, which only their file's name decides about. */
async function keep(step: number, value: number, until = 0): Promise<void> {
  if (await keepBest(folder, {}, { step, metric: "swd", value }, until)) writeFileSync(weights(), `of step ${step}`);
}
const kept = (): unknown => [bestScore(folder, "swd")?.step, readFileSync(weights(), "utf8")];

test("a training that is made longer has the best weights back that those of its end replaced", async () => {
  await keep(3, 20);
  await keep(5, 10, 4);
  expect(kept()).toEqual([5, "of step 5"]);
  forgetBestAfter(folder, 4);
  expect(kept()).toEqual([3, "of step 3"]);
  expect(readdirSync(folder).sort()).toEqual(["best.json", "best_net_G_A.safetensors"]);
});

test("what an end did not replace stays, and one that is gone back behind is found again by training on", async () => {
  await keep(3, 20);
  await keep(5, 30, 4);
  forgetBestAfter(folder, 4);
  expect(kept()).toEqual([3, "of step 3"]);
  await keep(6, 10, 5);
  forgetBestAfter(folder, 2);
  expect(bestScore(folder, "swd")).toBeUndefined();
  expect(existsSync(join(folder, "best-before"))).toBe(false);
});

test("the best weights of an end that was the first measurement are forgotten with it", async () => {
  await keep(5, 10, 4);
  forgetBestAfter(folder, 4);
  expect(bestScore(folder, "swd")).toBeUndefined();
});

test("a training that goes back to a checkpoint has the best weights back that later steps replaced", async () => {
  await keep(2000, 20);
  await keep(6000, 10, 5000);
  await keep(7000, 5, 5000);
  expect(kept()).toEqual([7000, "of step 7000"]);
  forgetBestAfter(folder, 5000);
  expect(kept()).toEqual([2000, "of step 2000"]);
});

test("what was set aside stays until a checkpoint has the best weights behind it", async () => {
  await keep(3, 20);
  await keep(6, 10, 5);
  forgetReplaced(folder, 5);
  expect(readdirSync(folder)).toContain("best-before");
  forgetReplaced(folder, 6);
  expect(readdirSync(folder).sort()).toEqual(["best.json", "best_net_G_A.safetensors"]);
});

test("best weights that are gone back behind are removed where none are set aside", async () => {
  await keep(6000, 10, 5000);
  await keep(7000, 5, 5000);
  forgetBestAfter(folder, 5000);
  expect(readdirSync(folder)).toEqual([]);
});

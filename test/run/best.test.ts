import type * as Fs from "node:fs";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bestScore, forgetBestAfter, forgetReplaced, keepBest } from "../../src/run/best.js";

/** Whether a kill is played: renames after the first fail. */
const kill = vi.hoisted(() => ({ after: Infinity }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof Fs>();
  const renameSync: typeof fs.renameSync = (from, to) => {
    if (kill.after-- <= 0) throw new Error("killed");
    fs.renameSync(from, to);
  };
  return { ...fs, renameSync };
});

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

test("of a metric of which higher is better, the highest is kept, and of equal ones the first", async () => {
  const kept = (step: number, value: number): Promise<boolean> => keepBest(folder, {}, { step, metric: "meanIoU", value }, 0, "higher");
  expect([await kept(1, 0.5), await kept(2, 0.4), await kept(3, 0.6), await kept(4, 0.6)]).toEqual([true, false, true, false]);
  expect(bestScore(folder, "meanIoU")?.step).toBe(3);
});

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

test("a kill between the new weights' names leaves no old score beside new weights", async () => {
  const network = { parameters: () => new Map() };
  const score = { step: 2, metric: "swd", value: 20 };
  await keepBest(folder, { G_A: network, G_B: network }, score, 0);
  expect(bestScore(folder, "swd")).toEqual(score);
  kill.after = 1;
  await expect(keepBest(folder, { G_A: network, G_B: network }, { ...score, step: 5, value: 10 }, 0)).rejects.toThrow("killed");
  kill.after = Infinity;
  expect(bestScore(folder, "swd")).toBeUndefined();
  forgetBestAfter(folder, 4);
  expect(readdirSync(folder)).toEqual([]);
});

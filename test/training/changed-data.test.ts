import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DataError } from "../../src/errors.js";
import { readLines } from "../../src/io/json-lines.js";
import { resumedConfig } from "../../src/run/resume.js";
import { offsetOf, planTraining } from "../../src/training/plan.js";
import { train } from "../../src/training/train.js";
import type { TrainHooks, TrainResult } from "../../src/training/train-result.js";
import { cyclegan } from "../cli/run-command.js";
import { makeImages } from "../cli/make-images.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-changed-"));
const data = join(folder, "data");
const run = (name: string): string => join(folder, "runs", name);

/** Continues a run, up to a step if one is given. */
function resume(name: string, hooks: TrainHooks = {}, maxSteps = 0): Promise<TrainResult> {
  return train(resumedConfig(run(name), { maxSteps }), { resume: true, ...hooks });
}

beforeAll(async () => {
  makeImages(join(data, "trainA"), 3, 40, 36);
  makeImages(join(data, "trainB"), 4, 40, 36);
  const settings = {
    dataroot: data, runsDir: join(folder, "runs"), name: "first", loadSize: 36, cropSize: 32, ngf: 4, ndf: 4, nBlocks: 1,
    numThreads: 0, evalFreq: 0, sampleImages: 0, nEpochs: 1, nEpochsDecay: 1, printFreq: 1,
  };
  // Two epochs of four steps; stops after the second step of the second epoch.
  await train({ ...settings, maxSteps: 6 });
  rmSync(join(data, "trainA", "0.png"));
  makeImages(join(data, "trainA"), 1, 44, 36);
  rmSync(join(data, "trainA", "2.png"));
  makeImages(join(data, "trainB", "new"), 1, 40, 36);
});
afterAll(() => rmSync(folder, { recursive: true }));

const change = "1 added (B/new/0.png), 1 removed (A/2.png), 1 of another size (A/0.png)";

test("a training does not go on with other images, and says which have changed and how to go on", async () => {
  await expect(resume("first")).rejects.toThrow(DataError);
  await expect(resume("first")).rejects.toThrow(`expected the images that ${run("first")} was trained on, got others: ${change}. Restore them, `);
  await expect(resume("first")).rejects.toThrow(/or go on with the images as they are with --allow-changed-data\.$/);
  const checkpoints = join(run("first"), "checkpoints");
  const list = readdirSync(checkpoints).find((name) => name.startsWith("images-")) ?? "";
  cpSync(run("first"), run("older"), { recursive: true });
  rmSync(join(run("older"), "checkpoints", list));
  await expect(resume("older")).rejects.toThrow(/got others: the run has no list that says which\. Restore/);
});

describe("with allowChangedData", () => {
  beforeAll(() => {
    for (const name of ["whole", "parts"]) cpSync(run("first"), run(name), { recursive: true });
  });
  const logOf = (name: string): unknown[] => readLines(join(run(name), "log.jsonl")).map(({ step, epoch, lr, G_A, D_A, cycle_A }) => [step, epoch, lr, G_A, D_A, cycle_A]);

  test("it says what has changed, and goes on at the same place of the new order, to the end of the last epoch", async () => {
    const messages: string[] = [];
    const { steps } = await resume("whole", { allowChangedData: true, onMessage: (text) => messages.push(text) });
    // Six steps are made, and of the second epoch, now of five steps, three are left.
    expect(steps).toBe(9);
    expect(logOf("whole").map((line) => (line as number[]).slice(0, 2))).toEqual([[1, 1], [2, 1], [3, 1], [4, 1], [5, 2], [6, 2], [7, 2], [8, 2], [9, 2]]);
    const message = `The images have changed since step 6: ${change}. The training goes on at the same place in their new order.`;
    expect(messages).toContain(message);
    expect(readLines(join(run("whole"), "events.jsonl"))).toContainEqual({ step: 6, kind: "warning", message });
  });

  test("it can be interrupted again, and then resumes to the same bits without a word", async () => {
    await resume("parts", { allowChangedData: true }, 7);
    const messages: string[] = [];
    expect((await resume("parts", { onMessage: (text) => messages.push(text) })).steps).toBe(9);
    expect(messages.join()).not.toContain("have changed");
    expect(logOf("parts")).toEqual(logOf("whole"));
    const weights = (name: string): string => readFileSync(join(run(name), "checkpoints", "latest_net_G_A.safetensors"), "base64");
    expect(weights("parts")).toBe(weights("whole"));
  });

  test("of the same images nothing is said", async () => {
    const messages: string[] = [];
    await resume("whole", { allowChangedData: true, onMessage: (text) => messages.push(text) });
    expect(messages.join()).not.toContain("have changed");
  });
});

test("the steps of a training whose epochs have become shorter or longer end with its last epoch", () => {
  const config = resumedConfig(run("first"), { maxSteps: 0, nEpochs: 5, nEpochsDecay: 5 });
  // After epoch 4 and half of the next, of 100 steps each.
  const place = { epoch: 5, index: 49 };
  expect(offsetOf(450, place, 100, 1)).toBe(0);
  for (const [images, left] of [[200, 150 + 5 * 200], [60, 10 + 5 * 60], [40, 5 * 40]] as const) {
    const plan = planTraining(config, images, offsetOf(450, place, images, 1));
    expect([plan.totalSteps - 450, plan.lastEpoch], `${images}`).toEqual([left, 10]);
  }
});

test("the option is for a run that continues", async () => {
  const { code, stderr } = await cyclegan(folder, "train", "--dataroot", "data", "--allow-changed-data");
  expect([code, stderr]).toEqual([2, "cyclegan: --allow-changed-data only works with --resume or --continue-train.\n"]);
  const goOn = await cyclegan(folder, "train", "--resume", "runs/older", "--allow-changed-data", "--max-steps", "0");
  expect([goOn.code, goOn.stderr]).toEqual([0, expect.stringMatching(/The images have changed since step 6: the run has no list that says which\./)]);
});

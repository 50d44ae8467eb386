import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DataError } from "../../src/errors.js";
import { trainConfig, type TrainConfig } from "../../src/run/options.js";
import { resumedConfig } from "../../src/run/resume.js";
import { checkTraining } from "../../src/training/checks.js";
import { train } from "../../src/training/train.js";
import { makeImages } from "../cli/make-images.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-plateau-"));
beforeAll(() => {
  for (const domain of ["trainA", "trainB"]) for (const data of ["data", "bare"]) makeImages(join(folder, data, domain), 2, 16, 16);
  for (const domain of ["testA", "testB"]) makeImages(join(folder, "data", domain), 1, 16, 16);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Epochs of two steps. At this rate nothing is learnt, so that the metric stays where it is. */
const lr = 1e-7;

function configOf(name: string, changes: Partial<TrainConfig> = {}): TrainConfig {
  return trainConfig({
    dataroot: join(folder, "data"), runsDir: join(folder, "runs"), name, preprocess: "none", numThreads: 0, ngf: 4, nBlocks: 1, ndf: 4,
    netD: "n_layers", nLayersD: 1, poolSize: 0, lambdaIdentity: 0, nEpochs: 9, nEpochsDecay: 0, printFreq: 1, sampleImages: 0, lr, lrPolicy: "plateau",
    evalFreq: 0, adapter: "software", ...changes,
  });
}

function linesOf(run: string, file: "log" | "metrics"): Record<string, number>[] {
  return readFileSync(join(folder, "runs", run, `${file}.jsonl`), "utf8").trim().split("\n").map((line): Record<string, number> => JSON.parse(line));
}

/** What does not depend on the clock: rates, losses, metrics and the last weights. */
function tracesOf(run: string) {
  const log = linesOf(run, "log").map(({ step, lr: rate, D_A, cycle_A }) => ({ step, rate, D_A, cycle_A }));
  const checkpoints = join(folder, "runs", run, "checkpoints");
  const weights = readdirSync(checkpoints).filter((name) => name.startsWith("latest_"));
  return { log, metrics: linesOf(run, "metrics"), weights: weights.map((name) => readFileSync(join(checkpoints, name)).toString("base64")) };
}

it("measures at the end of every epoch, falls after six that are no better, and resumes exactly", { timeout: 180_000 }, async () => {
  const messages: string[] = [];
  await train(configOf("whole"), { onMessage: (text) => messages.push(text) });
  const whole = tracesOf("whole");
  expect(whole.metrics.map(({ step }) => step)).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18]);
  // The first epoch sets the best value. The sixth after it is the seventh, of steps 13 and 14.
  for (const { step = 0, rate } of whole.log) expect(rate, `step ${step}`).toBe(step <= 14 ? lr : lr * 0.2);
  expect(messages).toContain("After epoch 7: swd no longer improves, and the learning rate falls to 2.0e-8.");

  // Interrupted within an epoch, and at the end of the one after which the rate falls.
  await train(configOf("parts", { maxSteps: 5 }));
  await train(resumedConfig(join(folder, "runs", "parts"), { maxSteps: 14 }), { resume: true });
  await train(resumedConfig(join(folder, "runs", "parts"), { maxSteps: 0 }), { resume: true });
  expect(tracesOf("parts")).toEqual(whole);
});

it("needs held-out images, which is known before anything is trained", () => {
  const check = (): void => checkTraining(configOf("none", { dataroot: join(folder, "bare") }));
  expect(check).toThrow(DataError);
  expect(check).toThrow(/^--lr-policy plateau follows a metric on held-out images, and there are none: .*testA.*--hold-out set some aside/);
  expect(() => checkTraining(configOf("none", { dataroot: join(folder, "bare"), lrPolicy: "linear" }))).not.toThrow();
});

import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { ImageBatch } from "../../src/data/image.js";
import { NonFiniteError } from "../../src/errors.js";
import { CycleGANTrainer } from "../../src/models/cyclegan/trainer.js";
import { trainConfig, type TrainConfig } from "../../src/run/options.js";
import { train } from "../../src/training/train.js";
import type { TrainResult } from "../../src/training/train-result.js";
import { makeImages } from "../cli/make-images.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-guard-"));
beforeAll(() => {
  for (const domain of ["trainA", "trainB"]) makeImages(join(folder, "data", domain), 6, 16, 16);
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true }));

/** A tiny training in order, so that step k is of image k. Saves a checkpoint every second step. */
function configOf(name: string, changes: Partial<TrainConfig> = {}): TrainConfig {
  return trainConfig({
    dataroot: join(folder, "data"), runsDir: join(folder, "runs"), name, preprocess: "none", flip: false, serialBatches: true,
    numThreads: 0, ngf: 4, nBlocks: 1, ndf: 4, netD: "n_layers", nLayersD: 1, poolSize: 2, nEpochs: 1, nEpochsDecay: 1,
    printFreq: 1, saveLatestFreq: 2, adapter: "software", ...changes,
  });
}

/** From now on the trainer's images of A hold a NaN whenever `bad` says so. */
function spoil(bad: (a: ImageBatch) => boolean): void {
  const makeStep: CycleGANTrainer["step"] = Reflect.get(CycleGANTrainer.prototype, "step");
  vi.spyOn(CycleGANTrainer.prototype, "step").mockImplementation(function (this: CycleGANTrainer, { A, B }) {
    return makeStep.call(this, { A: bad(A) ? withNaN(A) : A, B });
  });
}

/** Spoils the images of these steps, which their first pixels tell, in whatever order the steps are made. */
function poison(...steps: readonly number[]): void {
  const firstPixels = steps.map((step) => ((40 * (step - 1)) % 256) / 127.5 - 1);
  spoil(({ data }) => firstPixels.some((value) => Math.abs(value - (data[0] ?? 0)) < 1e-3));
}

function withNaN({ shape, data }: ImageBatch): ImageBatch {
  return { shape, data: data.map((value, i) => (i === 7 ? Number.NaN : value)) };
}

interface Line {
  readonly step: number;
  readonly kind?: string;
  readonly message?: string;
}

function linesOf(run: string, file: "log" | "events"): Line[] {
  const path = join(folder, "runs", run, `${file}.jsonl`);
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").map((line): Line => JSON.parse(line)) : [];
}

/** Losses of the last step and the bytes of all final weights. */
function outcomeOf(run: string, { losses }: TrainResult) {
  const checkpoints = join(folder, "runs", run, "checkpoints");
  const files = readdirSync(checkpoints).filter((name) => name.startsWith("latest_"));
  expect(files).toHaveLength(4);
  return { losses, weights: files.map((name) => readFileSync(join(checkpoints, name)).toString("base64")) };
}

it("shows on the page what it warns of after its last step", async () => {
  const losses: CycleGANTrainer["losses"] = Reflect.get(CycleGANTrainer.prototype, "losses");
  vi.spyOn(CycleGANTrainer.prototype, "losses").mockImplementation(async function (this: CycleGANTrainer) {
    return { ...(await losses.call(this)), D_A: 5000 };
  });
  const { report } = await train(configOf("exploded", { maxSteps: 1 }));
  expect(linesOf("exploded", "events")).toMatchObject([{ step: 1, kind: "warning" }]);
  expect(readFileSync(report, "utf8")).toContain("An adversarial loss is 5.0e+3");
});

describe("a training that meets NaN", () => {
  it("goes back to the checkpoint, names the op and the images, leaves them out, and goes on", async () => {
    poison(5);
    const messages: string[] = [];
    const result = await train(configOf("one", { maxSteps: 8 }), { onMessage: (text) => messages.push(text) });
    expect(result.steps).toBe(8);
    expect(linesOf("one", "log").map(({ step }) => step)).toEqual([1, 2, 3, 4, 6, 7, 8]);
    const events = linesOf("one", "events");
    expect(events.map(({ step, kind }) => [step, kind])).toEqual([[4, "restored"], [5, "skipped"]]);
    expect(events[0]?.message).toBe("Step 5 left NaN or infinity: back to the checkpoint of step 4.");
    expect(events[1]?.message).toMatch(
      /^Step 5 is left out: concat \(forward\) was given NaN in \w "real_A" \[1, 16, 16, 3\]\. Its images: \S+trainA.4\.png, \S+trainB.4\.png\.$/,
    );
    for (const { message = "" } of events) expect(messages).toContain(message);
    for (const value of Object.values(result.losses)) expect(Number.isFinite(value)).toBe(true);
  });

  it("starts from the first weights where there is no checkpoint, and leaves no trace of the broken attempt", async () => {
    poison(1, 3);
    const result = await train(configOf("early", { maxSteps: 4, saveLatestFreq: 100 }));
    expect(result.steps).toBe(4);
    expect(linesOf("early", "log").map(({ step }) => step)).toEqual([2, 4]);
    expect(linesOf("early", "events").at(-1)).toMatchObject({ step: 3, kind: "skipped" });
    expect(linesOf("early", "events")).toContainEqual({
      step: 0, kind: "restored", message: "Step 3 left NaN or infinity: back to the first weights.",
    });
  });

  it("shows on the page that its last step was left out", async () => {
    poison(4);
    const { report } = await train(configOf("last", { maxSteps: 4 }));
    expect(linesOf("last", "events").at(-1)).toMatchObject({ step: 4, kind: "skipped" });
    expect(readFileSync(report, "utf8")).toContain("Step 4 is left out");
  });

  it("leaves the same out when it is resumed, to the same bits", async () => {
    poison(3);
    const config = configOf("whole", { maxSteps: 5, saveLatestFreq: 4 });
    const whole = outcomeOf("whole", await train(config));
    await train({ ...config, name: "parts", maxSteps: 4 });
    // From here on the images would not break step 3 any more.
    vi.restoreAllMocks();
    const parts = await train({ ...config, name: "parts" }, { resume: true });
    expect(outcomeOf("parts", parts)).toEqual(whole);
  });

  it("gives up after so many returns, names step, op and images, and keeps the checkpoint", async () => {
    poison(3, 4, 5);
    const config = configOf("given up", { maxRestores: 2, maxSteps: 8 });
    const failure: unknown = await train(config).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NonFiniteError);
    expect(String(failure)).toMatch(
      /step 5: expected finite numbers, got NaN or infinity, with --max-restores 2 used up: concat .*"real_A".*trainA.4\.png.*lower --lr/,
    );
    vi.restoreAllMocks();
    const { steps } = await train(config, { resume: true });
    expect(steps).toBe(8);
  });

  it("goes on when the step is finite the second time", async () => {
    let calls = 0;
    // The first call is the rehearsal of the crop's size.
    spoil(() => ++calls === 5);
    await train(configOf("flaky", { maxSteps: 6 }));
    expect(linesOf("flaky", "log").map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(linesOf("flaky", "events").at(-1)).toMatchObject({ step: 4, kind: "warning", message: expect.stringContaining("device") });
  });

  it("gives up on a device that breaks steps again and again, though each is finite when it is made once more", async () => {
    // Steps 3 and 6 break every other time that they are made, and so each other's way back.
    const made = new Map<number, number>();
    spoil(({ data }) => {
      const step = [3, 6].find((one) => Math.abs(((40 * (one - 1)) % 256) / 127.5 - 1 - (data[0] ?? 0)) < 1e-3);
      if (step === undefined) return false;
      made.set(step, (made.get(step) ?? 0) + 1);
      return (made.get(step) ?? 0) % 2 === 1;
    });
    const endless = train(configOf("endless", { maxSteps: 8, saveLatestFreq: 100, maxRestores: 1 }));
    await expect(endless).rejects.toThrow(/step \d: .*--max-restores 1 used up: it was finite when it was made again, so the device/);
  });

  it("is undone in a run that is begun again, since it was killed before its first save", async () => {
    const config = configOf("begun again", { maxSteps: 4 });
    await train({ ...config, maxSteps: 1 });
    const run = join(folder, "runs", "begun again");
    rmSync(join(run, "checkpoints"), { recursive: true });
    mkdirSync(join(run, "checkpoints"));
    writeFileSync(join(run, "checkpoints", ".awaiting-first-checkpoint"), "");
    poison(1);
    expect((await train(config, { resume: true })).steps).toBe(4);
    expect(linesOf("begun again", "log").map(({ step }) => step)).toEqual([2, 3, 4]);
  });
});

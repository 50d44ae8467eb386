import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import type * as Loader from "../../src/data/loader.js";
import { readLines } from "../../src/io/json-lines.js";
import { train } from "../../src/training/train.js";
import { makeImages } from "../cli/make-images.js";

vi.mock("../../src/data/loader.js", async (original) => {
  const { createLoader } = await original<typeof Loader>();
  return { createLoader: (options: Parameters<typeof createLoader>[0]) => createLoader({ ...options, prefetch: 0, cacheBytes: 0, patience: 0.5 }) };
});

const folder = mkdtempSync(join(tmpdir(), "cyclegan-away-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a disk that goes away for long ends the training with its last step saved, and resuming continues from there", async () => {
  const data = join(folder, "data");
  for (const domain of ["trainA", "trainB"]) makeImages(join(data, domain), 4, 40, 36);
  writeFileSync(join(data, "trainA", "broken.png"), "no image");
  const settings = {
    dataroot: data, runsDir: join(folder, "runs"), name: "away", loadSize: 36, cropSize: 32, ngf: 4, ndf: 4, nBlocks: 1,
    numThreads: 0, evalFreq: 0, sampleImages: 0, maxSteps: 8,
  };
  const messages: string[] = [];
  const training = train(settings, {
    onMessage: (text) => messages.push(text),
    onProgress: ({ step }) => step === 3 && renameSync(data, `${data}-gone`),
  });
  await expect(training).rejects.toThrow(/cannot be reached .* Waited 0\.5 s/);
  const waits = messages.filter((text) => text.includes("Waiting for it"));
  expect(waits).toHaveLength(1);
  const events = (): readonly object[] => readLines(join(folder, "runs", "away", "events.jsonl"));
  expect(events()).toContainEqual({ step: 4, kind: "warning", message: waits[0] });
  expect(readdirSync(join(folder, "runs", "away", "checkpoints"))).toContain("step-00000003");
  renameSync(`${data}-gone`, data);
  expect((await train(settings, { resume: true })).steps).toBe(8);
  expect(readLines(join(folder, "runs", "away", "log.jsonl")).at(-1)).toMatchObject({ step: 8 });
  expect(events()).toContainEqual({ step: expect.any(Number), kind: "warning", message: expect.stringMatching(/^Skipped .*broken\.png: expected a readable image/) });
});

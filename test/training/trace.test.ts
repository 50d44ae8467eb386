import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { isJsonObject } from "../../src/io/parse-json.js";
import { trainConfig } from "../../src/run/options.js";
import { train } from "../../src/training/train.js";
import { makeImages } from "../cli/make-images.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-trace-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a timeline is taken of the third step, or of the last of fewer, and changes no bit", async () => {
  for (const domain of ["trainA", "trainB"]) makeImages(join(folder, "data", domain), 1, 16, 16);
  const run = async (name: string, maxSteps: number, traced: boolean) => {
    const steps: (number | undefined)[] = [];
    let step = 0;
    const config = trainConfig({
      dataroot: join(folder, "data"), runsDir: folder, name, maxSteps, preprocess: "none", numThreads: 0, ngf: 4, nBlocks: 1, ndf: 4,
      netD: "n_layers", nLayersD: 1, adapter: "software", evalFreq: 0,
    });
    const onTrace = (timeline: string): void => {
      const { traceEvents }: { traceEvents: readonly unknown[] } = JSON.parse(timeline);
      expect(traceEvents.filter((event) => isJsonObject(event) && event["ph"] === "X").length).toBeGreaterThan(100);
      steps.push(step + 1);
    };
    await train(config, { onProgress: (progress) => void (step = progress.step), ...(traced && { onTrace }) });
    return { steps, weights: readFileSync(join(folder, name, "checkpoints", "latest_net_G_A.safetensors")).toString("base64") };
  };
  const traced = await run("traced", 4, true);
  expect(traced.steps).toEqual([3]);
  expect(traced.weights).toBe((await run("plain", 4, false)).weights);
  expect((await run("short", 2, true)).steps).toEqual([2]);
});

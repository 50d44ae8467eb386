/** Samples in the library: progress, an interruption, and errors that name settings. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { sample, type SampleProgress } from "../../src/node.js";
import { root } from "../examples/run-example.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-sample-"));
afterAll(() => rmSync(folder, { recursive: true }));
const model = join(root, "test/reference/weights/dcgan.pth");

test("an interruption leaves whole batches, and no picture of all", async () => {
  const output = join(folder, "interrupted");
  const controller = new AbortController();
  const seen: SampleProgress[] = [];
  const onProgress = (progress: SampleProgress): void => {
    seen.push(progress);
    if (progress.done >= 32) controller.abort();
  };
  const result = await sample({ model, output, count: 100, format: "jpg" }, { onProgress, signal: controller.signal });
  expect(result).toMatchObject({ interrupted: true, grid: undefined, interpolation: undefined });
  expect(seen.map(({ done, total }) => [done, total])).toEqual([[16, 100], [32, 100]]);
  expect(result.images).toHaveLength(32);
  expect(readdirSync(output).toSorted()).toEqual(result.images.map((path) => path.slice(output.length + 1)));
  expect(result.images.at(-1)).toMatch(/0031\.jpg$/);
});

test("errors name settings, and nothing is written", async () => {
  const output = join(folder, "none");
  await expect(sample({ model, output, count: 0.5 })).rejects.toThrow("count: expected a whole number of at least 1, got 0.5.");
  await expect(sample({ model, output, seed: -1 })).rejects.toThrow("seed: expected a whole number of at least 0, got -1.");
  await expect(sample({ model, output, epoch: "best" })).rejects.toThrow(/epoch only works if model is the folder of a run/);
  expect(existsSync(output)).toBe(false);
});

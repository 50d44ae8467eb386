import { mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { readHeldOutImages } from "../../src/data/held-out.js";
import { listImages } from "../../src/data/list-images.js";
import type * as Patience from "../../src/data/patience.js";
import { UnreachableError } from "../../src/errors.js";
import { translate, type TranslateResult } from "../../src/translate/translate.js";
import type { TranslateHooks } from "../../src/translate/translation.js";
import { makeImages } from "../cli/make-images.js";
import { writeGeneratorFile } from "../support/generator-file.js";

const wait = vi.hoisted(() => ({ seconds: 10 }));
vi.mock("../../src/data/patience.js", async (original) => {
  const patience = await original<typeof Patience>();
  return { ...patience, createPatience: (options: Patience.PatienceOptions) => patience.createPatience({ ...options, ...wait }) };
});

const folder = mkdtempSync(join(tmpdir(), "cyclegan-away-"));
const [model, photos] = [join(folder, "model.safetensors"), join(folder, "photos")];
beforeAll(() => {
  writeGeneratorFile(model);
  makeImages(photos, 5, 20, 12);
});
beforeEach(() => {
  wait.seconds = 10;
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Translates while the photos are away from the first image on, until they come back by `back`, and returns what was said. */
async function whileAway(output: string, back: (goBack: () => void) => void, hooks: TranslateHooks = {}): Promise<[TranslateResult, string[]]> {
  const said: string[] = [];
  let away = false;
  const onProgress = (): void => {
    if (away) return;
    away = true;
    renameSync(photos, `${photos}-gone`);
    back(() => renameSync(`${photos}-gone`, photos));
  };
  const result = await translate({ model, direction: "AtoB", input: photos, output }, { ...hooks, onProgress, onMessage: (text) => said.push(text) });
  return [result, said];
}

test("translate waits for a folder that is away, with one message, and leaves nothing out", async () => {
  const [result, said] = await whileAway(join(folder, "waited"), (goBack) => setTimeout(goBack, 700));
  expect(result).toMatchObject({ written: 5, skipped: 0, interrupted: false });
  expect(said.filter((text) => text.includes("Waiting"))).toEqual([expect.stringMatching(/photos.\d\.png: cannot be reached \(ENOENT.*\)\. Waiting for it, up to 10 s\./)]);
});

test("translate ends with an error that says how to go on, and goes on", async () => {
  wait.seconds = 0.5;
  const output = join(folder, "given-up");
  const failed = whileAway(output, () => {});
  await expect(failed).rejects.toThrow(UnreachableError);
  await expect(failed).rejects.toThrow(/Waited 0\.5 s\. Look at the disk, then start the same command again\. Images that are finished are not translated again\./);
  renameSync(`${photos}-gone`, photos);
  const { written, finished } = await translate({ model, direction: "AtoB", input: photos, output });
  expect([written + finished, finished > 0]).toEqual([5, true]);
  expect(readdirSync(output).filter((name) => name.endsWith(".png"))).toHaveLength(5);
});

test("an interruption ends the wait, and counts as one", async () => {
  const controller = new AbortController();
  const goBack = (back: () => void): void => {
    setTimeout(() => controller.abort(), 700);
    setTimeout(back, 3000);
  };
  const [result] = await whileAway(join(folder, "interrupted"), goBack, { signal: controller.signal });
  expect(result.interrupted).toBe(true);
  await vi.waitFor(() => readdirSync(photos), 5000);
});

test("eval waits for test images, and does not measure on fewer", async () => {
  const request = { paths: listImages(photos), folder: photos, channels: 3, transform: { preprocess: "none", loadSize: 12, cropSize: 12 } } as const;
  renameSync(photos, `${photos}-gone`);
  setTimeout(() => renameSync(`${photos}-gone`, photos), 700);
  const said: string[] = [];
  expect(await readHeldOutImages({ ...request, onMessage: (text) => said.push(text) })).toHaveLength(5);
  expect(said).toEqual([expect.stringContaining("Waiting for it")]);
  wait.seconds = 0.5;
  renameSync(photos, `${photos}-gone`);
  await expect(readHeldOutImages(request)).rejects.toThrow(UnreachableError);
  renameSync(`${photos}-gone`, photos);
});

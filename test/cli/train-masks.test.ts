/** `train --mask-dir`. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeImage } from "../../src/data/encode.js";
import { readLines } from "../../src/io/json-lines.js";
import { trainConfig } from "../../src/run/options.js";
import { resumedConfig } from "../../src/run/resume.js";
import { evaluationOf } from "../../src/training/images.js";
import { train } from "../../src/training/train.js";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-train-masks-"));
const at = (...parts: readonly string[]): string => join(folder, ...parts);
const [width, height] = [40, 36];
const tiny = ["--load-size", "36", "--crop-size", "32", "--ngf", "4", "--ndf", "4", "--n-blocks", "1"];
const settings = {
  dataroot: at("data"), maskDir: at("masks"), runsDir: at("runs"), loadSize: 36, cropSize: 32, ngf: 4, ndf: 4, nBlocks: 1, poolSize: 2,
  numThreads: 0, evalFreq: 2, sampleImages: 1, printFreq: 1,
};

/** White right of a column. */
function writeMask(path: string, column: number): Promise<unknown> {
  return encodeImage(path, { width, height, channels: 1, data: Uint8Array.from({ length: width * height }, (_, place) => (place % width < column ? 0 : 255)) });
}

beforeAll(async () => {
  for (const [part, count] of [["trainA", 3], ["trainB", 2], ["testA", 1], ["testB", 1]] as const) {
    makeImages(at("data", part), count, width, height);
    for (let image = 0; image < count; image++) await writeMask(at("masks", part, `${image}.png`), 8 * (image + 1));
  }
  rmSync(at("masks", "trainA", "2.png"));
  await writeMask(at("masks", "trainB", "spare.png"), 3);
});
afterAll(() => rmSync(folder, { recursive: true }));

const weights = (name: string): string => readFileSync(at("runs", name, "checkpoints", "latest_net_G_A.safetensors"), "base64");

describe("a training with masks", { timeout: 120_000 }, () => {
  test("says what it uses, measures inside, and continues to the same bits", async () => {
    const messages: string[] = [];
    await train({ ...settings, name: "whole", maxSteps: 4 }, { onMessage: (text) => messages.push(text) });
    expect(messages.join("\n")).toMatch(/trainA: 2 images, masks: .*masks.trainA, without a mask: 1 image \(2\.png\); .*trainB: 2 images, masks: .*masks.trainB, without an image: 1 mask \(spare\.png\)\./);
    await train({ ...settings, name: "parts", maxSteps: 2 });
    cpSync(at("runs", "parts"), at("runs", "changed"), { recursive: true });
    await train(resumedConfig(at("runs", "parts"), { maxSteps: 4 }), { resume: true });
    expect(weights("parts")).toBe(weights("whole"));
    expect(readLines(at("runs", "parts", "metrics.jsonl"))).toEqual(readLines(at("runs", "whole", "metrics.jsonl")));
    expect(resumedConfig(at("runs", "whole")).maskDir).toBe(at("masks"));
    await train({ ...settings, maskDir: "", name: "without", maxSteps: 4 });
    expect(weights("without")).not.toBe(weights("whole"));
  });

  test("is measured as in training by eval", async () => {
    const { code, stdout, stderr } = await cyclegan(folder, "eval", "--model", "runs/whole", "--json");
    expect(code, stderr).toBe(0);
    const [last] = readLines(at("runs", "whole", "metrics.jsonl")).slice(-1);
    expect(JSON.parse(stdout)).toMatchObject({ AtoB: { cycle: expect.closeTo(Number(last?.["cycle_A"]), 6) } });
  });

  test("does not go on with other masks unnoticed", async () => {
    cpSync(at("masks"), at("moved"), { recursive: true });
    const resume = (maskDir: string): Promise<unknown> => train(resumedConfig(at("runs", "changed"), { maskDir, maxSteps: 3 }), { resume: true });
    await resume(at("moved"));
    await encodeImage(at("moved", "trainA", "1.png"), { width, height, channels: 1, data: new Uint8Array(width * height) });
    await expect(resume(at("moved"))).rejects.toThrow(/was trained on, got others: 1 of another size \(A masks\/1\.png\)\. Restore them, .* and --mask-dir/);
    await expect(resume("")).rejects.toThrow(/got others: .*1 added \(A\/2\.png\), 4 removed \(A masks\/0\.png, /);
  });

  test.each([
    ["CycleGAN", []],
    ["pix2pix", ["--model", "pix2pix", "--num-downs", "0"]],
  ])("has a dry run: %s", async (_, model) => {
    const { code, stdout, stderr } = await cyclegan(folder, "train", "--dataroot", "data", "--mask-dir", "masks", ...tiny, ...model, "--dry-run", "--memory", "0.0005");
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/data.trainA: 2 images.*, masks: masks.trainA/);
    expect(stdout).toMatch(/^Images  2 an epoch, 32×32 pixels[^]*TOO MUCH for/);
    expect(existsSync(at("runs", "experiment_name"))).toBe(false);
  });
});

test("without masks of the test images, nothing is measured, and it says so", async () => {
  cpSync(at("masks"), at("untested"), { recursive: true });
  rmSync(at("untested", "testA"), { recursive: true });
  const messages: string[] = [];
  const config = trainConfig({ ...settings, maskDir: at("untested") });
  expect(await evaluationOf({ evaluation: () => () => Promise.resolve({}) }, config, (text) => messages.push(text))).toBeUndefined();
  expect(messages).toEqual([expect.stringMatching(/^Nothing is measured on held-out images: .*untested.testA: expected a folder of images .* The folder of masks \(--mask-dir\) contains testA and testB/)]);
});

test.each([
  [["--model", "cut"], "--mask-dir does not work with CUT, which takes no masks."],
  [["--model", "gan", "--crop-size", "32"], "--mask-dir does not work with GAN, which takes no masks."],
  [["--model", "fcn"], "--mask-dir does not work with FCN, which takes no masks."],
  [["--output-nc", "1", "--lambda-identity", "0"], "--mask-dir: expected as many output as input channels, since pixels outside keep their value, got 3 and 1. With 3, gray images are read as RGB."],
])("is refused where it has no meaning: %j", { timeout: 30_000 }, async (args, message) => {
  const { code, stderr } = await cyclegan(folder, "train", "--dataroot", "data", "--mask-dir", "masks", ...args);
  expect([code, stderr]).toEqual([2, `cyclegan: ${message}\n`]);
});

test("folders of masks that are missing are an error before anything starts", { timeout: 30_000 }, async () => {
  const { code, stderr } = await cyclegan(folder, "train", "--dataroot", "data", "--mask-dir", "nowhere");
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^cyclegan: nowhere.trainA: expected a folder of images \(.*\), got nothing there\. The folder of masks \(--mask-dir\) contains trainA and trainB, with a mask for each image\.\n$/)]);
});

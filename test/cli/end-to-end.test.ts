import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeImage } from "../../src/data/decode.js";
import { isJsonObject } from "../../src/io/parse-json.js";
import { readSafetensors } from "../../src/io/safetensors.js";
import { lossNames } from "../../src/models/cyclegan/options.js";
import { makeImages } from "./make-images.js";
import { cyclegan, start } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-run-"));
const inFolder = (...parts: readonly string[]): string => join(folder, ...parts);
const tiny = ["--load-size", "36", "--crop-size", "32", "--ngf", "4", "--ndf", "4", "--n-blocks", "1"];
const train = (name: string, ...more: readonly string[]): string[] => {
  return ["train", "--dataroot", "data", "--name", name, ...tiny, ...more];
};

beforeAll(() => {
  makeImages(inFolder("data", "trainA"), 2, 40, 36);
  makeImages(inFolder("data", "trainB"), 3, 36, 40);
  makeImages(inFolder("photos", "deep"), 1, 7, 3);
  makeImages(inFolder("photos"), 2, 33, 18);
  writeFileSync(inFolder("photos", "broken.jpg"), "no image");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("on a device", { timeout: 60_000 }, () => {
  test("train leaves a whole run; the same seed gives the same weights", async () => {
    for (const name of ["one", "two"]) {
      const { code, stdout, stderr } = await cyclegan(folder, ...train(name, "--max-steps", "3", "--print-freq", "1"));
      expect(stderr).toMatch(/Done after 3 steps/);
      expect(stdout).toBe(join("runs", name, "index.html\n"));
      expect(code).toBe(0);
    }
    const lines = readFileSync(inFolder("runs", "one", "log.jsonl"), "utf8").trimEnd().split("\n");
    const log = lines.map((line): unknown => JSON.parse(line)).filter(isJsonObject);
    expect(log.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(Object.keys(log[0] ?? {})).toEqual(
      ["step", "epoch", "lr", "secondsPerStep", "dataWait", "imagesPerSecond", "secondsLeft", "peakBytes", "totalSteps"].concat(lossNames),
    );
    expect(readdirSync(inFolder("runs", "one", "samples"))).toEqual(["step-000001.png", "step-000003.png"]);
    const weights = (name: string): Buffer => {
      return readFileSync(inFolder("runs", name, "checkpoints", "latest_net_G_A.safetensors"));
    };
    expect(weights("one").equals(weights("two"))).toBe(true);
    expect(readSafetensors(weights("one"), "w").get("model.10.conv_block.5.weight")?.shape).toEqual([16, 16, 3, 3]);
  });

  test("translate keeps names and sizes, and skips what it cannot read", async () => {
    const task = ["translate", "--model", "runs/one", "--direction", "BtoA", "--input", "photos", "--output", "out"];
    const { code, stdout, stderr } = await cyclegan(folder, ...task);
    expect(stderr).toMatch(/Skipped: .*broken.jpg: expected a readable image/);
    expect(stderr).toMatch(/Images: 3 translated, 1 skipped/);
    expect(stdout).toBe("out\n");
    expect(code).toBe(0);
    expect(readdirSync(inFolder("out")).sort()).toEqual([".cyclegan-translate.jsonl", "0.png", "1.png", "deep", "index.html"]);
    expect(await decodeImage(inFolder("out", "deep", "0.png"), 3)).toMatchObject({ width: 7, height: 3 });
    expect(await decodeImage(inFolder("out", "1.png"), 3)).toMatchObject({ width: 33, height: 18 });
  });

  test("an unreadable image is an error when it is the only input", async () => {
    const task = ["translate", "--model", "runs/one", "--input", "photos/broken.jpg", "--output", "none"];
    const { code, stderr } = await cyclegan(folder, ...task);
    expect(stderr).toMatch(/^cyclegan: .*broken.jpg: expected a readable image/m);
    expect(code).toBe(1);
    expect(readdirSync(folder)).not.toContain("none");
  });

  test("a crop larger than an image ends the training before anything is written", async () => {
    const large = ["--preprocess", "crop", "--crop-size", "64"];
    const { code, stderr } = await cyclegan(folder, ...train("large", ...large));
    expect(stderr).toMatch(/^cyclegan: .*train[AB].*expected at least 64×64 pixels/m);
    expect(code).toBe(1);
    expect(readdirSync(inFolder("runs"))).not.toContain("large");
  });

  test.skipIf(process.platform === "win32")("Ctrl-C saves the weights, shows the page and ends with 130", async () => {
    const { child, outcome } = start(folder, ...train("stopped", "--n-epochs", "100000"));
    child.stderr?.on("data", (text: Buffer) => {
      if (text.toString().includes("step 1/")) child.kill("SIGINT");
    });
    const { code, stderr } = await outcome;
    expect(stderr).toMatch(/Finishing this step .*\n[^]*Stopped after \d+ steps/);
    expect(code).toBe(130);
    expect(readdirSync(inFolder("runs", "stopped", "checkpoints"))).toContain("latest_net_G_B.safetensors");
  });

  test.skipIf(process.platform === "win32")("without a terminal, as under nohup, goes on when one is closed, though nobody reads its output", async () => {
    const { child, outcome } = start(folder, ...train("dropped", "--n-epochs", "100000"));
    child.stderr?.on("data", (text: Buffer) => {
      if (!text.toString().includes("step 1/")) return;
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.kill("SIGHUP");
      setTimeout(() => child.kill("SIGTERM"), 1000);
    });
    expect((await outcome).code).toBe(143);
    expect(readdirSync(inFolder("runs", "dropped", "checkpoints"))).toContain("latest_net_G_B.safetensors");
  });
});

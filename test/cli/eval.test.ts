import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isJsonObject } from "../../src/io/parse-json.js";
import { lossNames } from "../../src/models/cyclegan/options.js";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-eval-"));
const inFolder = (...parts: readonly string[]): string => join(folder, ...parts);
const tiny = ["--load-size", "36", "--crop-size", "32", "--ngf", "4", "--ndf", "4", "--n-blocks", "1", "--print-freq", "1"];
const train = (name: string, ...more: readonly string[]): Promise<{ readonly code: number; readonly stderr: string }> =>
  cyclegan(folder, "train", "--dataroot", "data", "--name", name, ...tiny, "--max-steps", "5", ...more);

function jsonLines(...path: readonly string[]): Readonly<Record<string, unknown>>[] {
  const lines = readFileSync(inFolder(...path), "utf8").trimEnd().split("\n");
  return lines.map((line): unknown => JSON.parse(line)).filter(isJsonObject);
}

beforeAll(async () => {
  makeImages(inFolder("data", "trainA"), 2, 40, 36);
  makeImages(inFolder("data", "trainB"), 3, 36, 40);
  makeImages(inFolder("data", "testA"), 3, 40, 36);
  makeImages(inFolder("data", "testB"), 2, 36, 40);
  writeFileSync(inFolder("data", "testA", "broken.png"), "no image");
  const { code, stderr } = await train("measured", "--eval-freq", "2", "--direction", "BtoA");
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/Not measured: .*broken.png/);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("measuring while training", () => {
  test("appends to metrics.jsonl at steps that counters alone decide", () => {
    const metrics = jsonLines("runs", "measured", "metrics.jsonl");
    expect(metrics.map(({ step, epoch }) => [step, epoch])).toEqual([[2, 1], [4, 2], [5, 2]]);
    for (const { step, epoch, ...figures } of metrics) {
      expect(Object.keys(figures)).toEqual(["swd_A", "swd_B", "swd", "cycle_A", "cycle_B"]);
      for (const figure of Object.values(figures)) expect(figure).toBeGreaterThan(0);
      expect(Number(step)).toBeGreaterThan(Number(epoch));
    }
  });

  test("keeps the weights of the lowest distance", async () => {
    const metrics = jsonLines("runs", "measured", "metrics.jsonl");
    const distances = metrics.map(({ swd }) => Number(swd));
    const lowest = distances.indexOf(Math.min(...distances));
    const { stdout } = await cyclegan(folder, "eval", "--model", "runs/measured", "--epoch", "best", "--json");
    const { swd_A, swd_B } = metrics[lowest] ?? {};
    expect(JSON.parse(stdout)).toMatchObject({ AtoB: { swd: { mean: swd_A } }, BtoA: { swd: { mean: swd_B } } });
  });

  test("changes no bit of the training", async () => {
    const { code, stderr } = await train("unmeasured", "--eval-freq", "0", "--direction", "BtoA");
    expect(code, stderr).toBe(0);
    expect(readdirSync(inFolder("runs", "unmeasured"))).not.toContain("metrics.jsonl");
    const losses = (run: string): unknown => jsonLines("runs", run, "log.jsonl").map((row) => lossNames.map((name) => row[name]));
    expect(losses("unmeasured")).toEqual(losses("measured"));
    for (const network of ["G_A", "G_B", "D_A", "D_B"]) {
      const [with_, without] = ["measured", "unmeasured"].map((run) =>
        readFileSync(inFolder("runs", run, "checkpoints", `latest_net_${network}.safetensors`)),
      );
      expect(with_?.equals(without ?? Buffer.alloc(0)), network).toBe(true);
    }
  });

  test("a data set without test images trains, and says that nothing is measured", async () => {
    for (const domain of ["trainA", "trainB"]) makeImages(inFolder("plain", domain), 1, 36, 36);
    const args = ["--dataroot", "plain", "--name", "plain", ...tiny, "--max-steps", "1"];
    const { code, stderr } = await cyclegan(folder, "train", ...args);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/Nothing is measured on held-out images: .*testA: expected a folder/);
    expect(readdirSync(inFolder("runs", "plain"))).not.toContain("metrics.jsonl");
  });
});

describe("eval", () => {
  test("gives the figures of the training's last measurement, by the data set's letters, and pairs by name", async () => {
    const { code, stdout, stderr } = await cyclegan(folder, "eval", "--model", "runs/measured", "--json");
    expect(code, stderr).toBe(0);
    const last = jsonLines("runs", "measured", "metrics.jsonl").at(-1);
    const paired = { pairs: 2, translated: { l1: expect.any(Number), psnr: expect.any(Number), ssim: expect.any(Number) } };
    // Trained with BtoA: its A is the data set's B.
    expect(JSON.parse(stdout)).toMatchObject({
      images: { A: 3, B: 2 },
      width: 32,
      height: 32,
      AtoB: { swd: { mean: last?.["swd_A"], levels: [{ width: 32 }, { width: 16 }] }, cycle: last?.["cycle_B"], paired },
      BtoA: { swd: { mean: last?.["swd_B"] }, cycle: last?.["cycle_A"], paired },
    });
  });

  test("prints a table", async () => {
    const { code, stdout, stderr } = await cyclegan(folder, "eval", "--model", "runs/measured", "--dataroot", "data", "--images", "1");
    expect([code, stderr]).toEqual([0, expect.stringMatching(/data.testA: 4 images; data.testB: 2 images\.\n/)]);
    expect(stdout).toMatch(/^Test images: 1 of A and 1 of B, measured at 32×32\.\n +A to B +B to A\nSWD × 1000/);
    expect(stdout).toMatch(/\n {2}at 16×16 +[\d.]+ +[\d.]+\n {2}before translation/);
    expect(stdout).toMatch(/\n1 pairs? of the same name\nmean \|fake - true\|/);
    expect(stdout.split("\n").every((line) => !/NaN|undefined/.test(line))).toBe(true);
  });

  test("--strict makes an error of an image that is otherwise left out", async () => {
    const { code, stdout, stderr } = await cyclegan(folder, "eval", "--model", "runs/measured", "--strict");
    expect([code, stdout, stderr]).toEqual([1, "", expect.stringMatching(/\ncyclegan: data.testA.broken\.png: expected a readable image/)]);
  });

  // Trained with BtoA: its G_A translates the data set's B.
  const weights = (network: string): string => `runs/measured/checkpoints/latest_net_${network}.safetensors`;
  const ofFiles = ["eval", "--model", weights("G_A"), "--direction", "BtoA", "--dataroot", "data", "--crop-size", "32", "--json"];

  test("measures files of weights as it does the run they are of", async () => {
    const { stdout: expected } = await cyclegan(folder, "eval", "--model", "runs/measured", "--json");
    const { code, stdout, stderr } = await cyclegan(folder, ...ofFiles, "--back", weights("G_B"));
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(expected));
  });

  test("of one file tells one direction, without a cycle", async () => {
    const { stdout } = await cyclegan(folder, ...ofFiles);
    const { stdout: both } = await cyclegan(folder, ...ofFiles, "--back", weights("G_B"));
    const { AtoB, BtoA: { cycle, ...BtoA }, ...rest } = JSON.parse(both);
    expect([AtoB, cycle]).not.toContain(undefined);
    expect(JSON.parse(stdout)).toEqual({ ...rest, BtoA });
    const { stdout: table } = await cyclegan(folder, ...ofFiles.filter((option) => option !== "--json"));
    expect(table).toMatch(/\n +B to A\nSWD × 1000, lower is better +[\d.]+\n/);
  });

  test.each([
    [["--model", "runs/measured", "--back", weights("G_B")], /--back only works if --model is a file of weights/],
    [["--model", weights("G_A")], /--dataroot is required if --model is a file/],
    [["--model", "runs/measured", "--crop-size", "30"], /--crop-size: expected a multiple of 4 pixels/],
  ])("refuses %j", async (options, message) => {
    const { code, stderr } = await cyclegan(folder, "eval", ...options);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

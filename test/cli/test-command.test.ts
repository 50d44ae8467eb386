import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeGeneratorFile } from "../support/generator-file.js";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-test-"));
const at = (...parts: readonly string[]): string => join(folder, ...parts);
const run = (line: string) => cyclegan(folder, ...line.split(" "));

beforeAll(async () => {
  for (const domain of ["trainA", "trainB", "testA", "testB"]) makeImages(at("data", domain), 2, 40, 36);
  mkdirSync(at("checkpoints", "reference"), { recursive: true });
  for (const name of ["latest_net_G_A", "latest_net_G_B", "20_net_G_A"]) writeGeneratorFile(at("checkpoints", "reference", `${name}.safetensors`));
  mkdirSync(at("checkpoints", "single"));
  copyFileSync(at("checkpoints", "reference", "latest_net_G_A.safetensors"), at("checkpoints", "single", "latest_net_G.safetensors"));
  const { code, stderr } = await run("train --dataroot data --name own --load-size 36 --crop-size 32 --ngf 4 --ndf 4 --n-blocks 1 --max-steps 1");
  expect(code, stderr).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("test", { timeout: 60_000 }, () => {
  test("translates both domains of a data set and writes a page beside them", async () => {
    const { code, stdout, stderr } = await run("test --dataroot data --name own --model cycle_gan --no_dropout --preprocess none --eval");
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/^--preprocess is ignored: images keep their size\.\n--eval is ignored: /);
    expect(stdout).toBe(join("results", "own", "test_latest", "index.html\n"));
    expect(readdirSync(at("results", "own", "test_latest")).sort()).toEqual(["fake_A", "fake_B", "index.html"]);
    const page = readFileSync(at("results", "own", "test_latest", "index.html"), "utf8");
    const links = [...page.matchAll(/<a href="([^"]+)">/g)].map(([, link]) => decodeURIComponent(link ?? ""));
    expect(links).toHaveLength(8);
    for (const link of links) expect(existsSync(at("results", "own", "test_latest", link)), link).toBe(true);
  });

  test("--model test translates a folder in one direction, at most --num-test images of it", async () => {
    const { code, stderr } = await run("test --dataroot data/testB --name own --model test --direction BtoA --num_test 1 --results_dir few");
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/data.testB: 2 images\.\n[^]*Images: 1 translated/);
    expect(readdirSync(at("few", "own", "test_latest", "fake_A")).filter((name) => name.endsWith(".png"))).toEqual(["0.png"]);
  });

  test("a checkpoints folder of the reference is a model, with two generators or one", async () => {
    const both = await run("test --dataroot data --name reference --results_dir out");
    expect(both.code, both.stderr).toBe(0);
    expect(readdirSync(at("out", "reference", "test_latest")).sort()).toEqual(["fake_A", "fake_B", "index.html"]);
    const one = await run("test --dataroot data/testA --name single --model test --results_dir out");
    expect(one.code, one.stderr).toBe(0);
  });

  test("the folder of a run is inspected, and a network of it converted", async () => {
    const { stdout } = await run("inspect runs/own");
    expect(stdout.match(/latest_net_\w+\.safetensors: a /g)).toEqual(["D_A", "D_B", "G_A", "G_B"].map((network) => `latest_net_${network}.safetensors: a `));
    const converted = await run("convert runs/own own.onnx --network G_B");
    expect([converted.code, converted.stdout]).toEqual([0, "own.onnx\n"]);
    const missing = await run("inspect runs/own --epoch 7");
    expect([missing.code, missing.stderr]).toEqual([1, `cyclegan: ${join("runs", "own", "checkpoints")}: expected weights of epoch 7, got none. --epoch can be best, latest.\n`]);
  });

  test("a name without a run is an error that says where it was looked for", async () => {
    const { code, stderr } = await run("test --dataroot data --name none");
    expect([code, stderr]).toEqual([
      2, `cyclegan: --name none: expected a run of that name, got nothing at ${join("runs", "none")} or ${join("checkpoints", "none")}. Name its folder with --checkpoints-dir.\n`,
    ]);
  });
});

describe("a checkpoints folder of the reference", { timeout: 60_000 }, () => {
  test("translates and is measured, at any epoch that it has", async () => {
    const translated = await run("translate --model checkpoints/reference --which_epoch 20 --input data/testA --output a");
    expect(translated.code, translated.stderr).toBe(0);
    const measured = await run("eval --model checkpoints/reference --dataroot data --fineSize 32");
    expect(measured.code, measured.stderr).toBe(0);
    expect(measured.stdout).toMatch(/A to B +B to A/);
  });

  test("is inspected, and a network of it converted", async () => {
    const inspected = await run("inspect checkpoints/reference");
    expect(inspected.code, inspected.stderr).toBe(0);
    expect(inspected.stdout).toMatch(/^checkpoints.reference.latest_net_G_A\.safetensors: a ResNet generator .*; [\d,]+ parameters; 8 oddities\ncheckpoints.reference.latest_net_G_B.*\n\nLayers, tensors and oddities: cyclegan inspect checkpoints/);
    const old = await run("inspect checkpoints/reference --epoch 20 --json");
    expect(JSON.parse(old.stdout)).toMatchObject([{ path: join("checkpoints", "reference", "20_net_G_A.safetensors") }]);
    expect((await run("convert checkpoints/reference a.pth --epoch 20")).stderr).toMatch(/^Written: \d+ tensors\.\n$/);
    expect((await run("convert checkpoints/reference b.pth")).stderr).toMatch(/^cyclegan: --network: expected G_A, G_B, got none\. checkpoints.reference has a file for each\.\n$/);
  });

  test("an epoch that it does not have is an error with those it has", async () => {
    const { code, stderr } = await run("translate --model checkpoints/reference --epoch 7 --input data/testA --output b");
    expect(code).toBe(1);
    expect(stderr).toMatch(/reference: expected 7_net_G_A\.pth or 7_net_G_B\.pth or 7_net_G\.pth, got none\. --epoch can be 20, latest\./);
  });
});

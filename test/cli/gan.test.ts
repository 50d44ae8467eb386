/** The plain GAN through the command: training that resumes, its page, samples, its weights elsewhere, and what refuses it. */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, InferenceSession, Tensor } from "onnxruntime-web";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeImage } from "../../src/data/decode.js";
import { largestDifference, readTensors, valuesOf } from "../agreement/fixture.js";
import { root } from "../examples/run-example.js";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

env.wasm.numThreads = 1;

const folder = mkdtempSync(join(tmpdir(), "cyclegan-gan-"));
const tiny = "--load-size 18 --crop-size 16 --nz 6 --ngf 4 --ndf 4 --batch-size 4 --print-freq 1 --display-freq 2 --eval-freq 2 --save-latest-freq 1";
const run = (line: string) => cyclegan(folder, ...line.split(" "));
const train = (name: string, steps: number) => run(`train --model gan --dataroot photos --hold-out 20 --name ${name} ${tiny} --max-steps ${steps}`);
const at = (...parts: readonly string[]): string => join(folder, "runs", ...parts);
const lines = (...path: readonly string[]): unknown[] => readFileSync(at(...path), "utf8").trim().split("\n").map((line): unknown => JSON.parse(line));

beforeAll(async () => {
  makeImages(join(folder, "photos"), 10, 20, 20);
  copyFileSync(join(root, "test/reference/weights/dcgan.pth"), join(folder, "netG.pth"));
  const { code, stderr } = await train("whole", 4);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/photos: 8 images\. 20 % of them are held out for measuring\./);
  expect(stderr).toMatch(/\nSample: {5}cyclegan sample --model runs\/whole --output samples\n/);
  expect(stderr).not.toMatch(/cyclegan (translate|eval)/);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

test("it continues to the same bits", { timeout: 60_000 }, async () => {
  expect((await train("parts", 2)).code).toBe(0);
  expect((await run("train --resume runs/parts --max-steps 4")).stderr).toMatch(/Resumed after step 2/);
  const weights = (name: string): Record<string, string> => {
    const files = readdirSync(at(name, "checkpoints")).filter((file) => file.startsWith("latest_net_"));
    return Object.fromEntries(files.map((file) => [file, readFileSync(at(name, "checkpoints", file)).toString("base64")]));
  };
  expect(Object.keys(weights("whole"))).toEqual(["latest_net_D.safetensors", "latest_net_G.safetensors"]);
  expect(weights("parts")).toEqual(weights("whole"));
  expect(lines("parts", "metrics.jsonl")).toEqual(lines("whole", "metrics.jsonl"));
  expect(readFileSync(at("parts", "samples", "step-000004.png"))).toEqual(readFileSync(at("whole", "samples", "step-000004.png")));
});

test("its log, figures, samples and page", async () => {
  const number = expect.any(Number) as number;
  expect(lines("whole", "log.jsonl").at(-1)).toMatchObject({ step: 4, G_GAN: number, D_real: number, D_fake: number });
  expect(lines("whole", "metrics.jsonl").at(-1)).toMatchObject({ swd: number });
  // Eight images of 16 pixels in a row, eight times as large, with gaps of two.
  expect(await decodeImage(at("whole", "samples", "step-000004.png"), 3)).toMatchObject({ width: 8 * (128 + 2) - 2, height: 8 * (128 + 2) - 2 });
  const page = readFileSync(at("whole", "index.html"), "utf8");
  for (const text of ["– GAN</title>", "Held-out distance", "Samples over time"]) expect(page).toContain(text);
  expect(page).not.toContain("Compare");
});

test("a dry run counts its memory", { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await run(`train --model gan --dataroot photos --name dry ${tiny} --dry-run`);
  expect(code, stderr).toBe(0);
  expect(stdout + stderr).toMatch(/memory/);
});

test("its defaults are DCGAN's, and options win", async () => {
  const { stdout } = await run("train --model gan --help --all");
  const shown = stdout.replaceAll(/\s+/g, " ");
  for (const [flag, initial] of [["batch-size", 64], ["crop-size", 64], ["load-size", 64], ["n-epochs-decay", 0]] as const) {
    expect(shown).toMatch(new RegExp(`--${flag} <n> [^-]*?\\(default: ${initial}\\)`));
  }
  expect(JSON.parse(readFileSync(at("whole", "config.json"), "utf8"))).toMatchObject({ batchSize: 4, nEpochsDecay: 0, cropSize: 16 });
});

test("sample writes images, a grid and a strip; an image depends on the seed and its number only", { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await run("sample --model runs/whole --count 20 --seed 1 --output samples");
  expect(code, stderr).toBe(0);
  expect(stdout).toBe("samples/grid.png\nsamples/interpolation.png\n");
  expect(stderr).toMatch(/20\/20 images.*\nImages: 20 in /);
  const files = readdirSync(join(folder, "samples"));
  expect(files).toHaveLength(22);
  expect([files[0], files[19]]).toEqual(["0000.png", "0019.png"]);
  const read = (...path: readonly string[]): string => readFileSync(join(folder, ...path)).toString("base64");
  expect((await run("sample --model runs/whole --count 3 --seed 1 --output fewer")).code).toBe(0);
  for (const name of ["0000.png", "0002.png"]) expect(read("fewer", name)).toBe(read("samples", name));
  expect((await run("sample --model runs/whole/checkpoints/latest_net_G.safetensors --count 1 --seed 2 --output other")).code).toBe(0);
  expect(read("other", "0000.png")).not.toBe(read("samples", "0000.png"));
});

test("the strip begins with the first image and ends with the second", { timeout: 60_000 }, async () => {
  expect((await run("sample --model netG.pth --count 2 --output ends")).code).toBe(0);
  const strip = await decodeImage(join(folder, "ends", "interpolation.png"), 1);
  // Nine images of 32 pixels, twice as large, with gaps of two.
  expect([strip.width, strip.height]).toEqual([9 * 66 - 2, 64]);
  const shown = (place: number): number[] =>
    Array.from({ length: 32 * 32 }, (_, i) => strip.data[2 * Math.floor(i / 32) * strip.width + 66 * place + 2 * (i % 32)] ?? -1);
  const images = [await decodeImage(join(folder, "ends", "0000.png"), 1), await decodeImage(join(folder, "ends", "0001.png"), 1)].map(({ data }) => Array.from(data));
  expect(images[0]).not.toEqual(images[1]);
  expect([shown(0), shown(8)]).toEqual(images);
  expect(shown(4)).not.toEqual(images[0]);
});

test("sample replaces nothing unless it is told to, and says what is wrong", { timeout: 60_000 }, async () => {
  writeFileSync(join(folder, "blank.txt"), "");
  expect((await run("sample --model netG.pth --count 1 --output kept")).code).toBe(0);
  const again = await run("sample --model netG.pth --count 2 --output kept");
  expect(again).toMatchObject({ code: 1, stderr: "cyclegan: --output kept: expected a folder without kept/0000.png, which would be replaced. Name another, or use --overwrite.\n" });
  expect(existsSync(join(folder, "kept", "0001.png"))).toBe(false);
  expect((await run("sample --model netG.pth --count 2 --output kept --overwrite")).code).toBe(0);
  const wrong = async (line: string): Promise<string> => {
    const { code, stderr } = await run(line);
    expect(code, stderr).toBeGreaterThan(0);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    return stderr;
  };
  expect(await wrong("sample --model netG.pth --output blank.txt")).toContain("--output blank.txt: expected a folder, got a file there.");
  expect(await wrong("sample --model netG.pth --count 0 --output none")).toContain("--count: expected a whole number of at least 1");
  expect(await wrong("sample --model runs/whole --epoch 7 --output none")).toMatch(/expected the weights 7_net_G.safetensors, got none. --epoch can be best, latest\./);
  expect(await wrong("sample --model runs/whole/checkpoints/latest_net_D.safetensors --output none")).toMatch(/expected the weights of a DCGAN generator, got a DCGAN discriminator/);
  copyFileSync(join(root, "test/reference/weights/zip.pth"), join(folder, "horse2zebra.pth"));
  expect(await wrong("sample --model horse2zebra.pth --output none")).toMatch(/expected the weights of a DCGAN generator, got a ResNet generator/);
  expect(existsSync(join(folder, "none"))).toBe(false);
});

test("PyTorch's own file makes PyTorch's images, is inspected, converted, and starts a training", { timeout: 60_000 }, async () => {
  const { stdout } = await run("inspect netG.pth");
  expect(stdout).toMatch(/a DCGAN generator, nz 5, ngf 2, of images of 32×32 pixels and 1 channel, batch norm with running statistics[^]*output of 1×1[^]*main\.9 +32×32×1[^]*Nothing odd/);
  expect((await run("convert netG.pth netG.onnx")).code).toBe(0);
  const session = await InferenceSession.create(readFileSync(join(folder, "netG.onnx")));
  const tensors = readTensors("gan-gray-32");
  expect(session.inputNames).toEqual(["z"]);
  const z = new Tensor("float32", valuesOf(tensors, "noise/shown"), [4, 5, 1, 1]);
  const { image } = await session.run({ z });
  expect(image?.dims).toEqual([4, 1, 32, 32]);
  const made = image?.data instanceof Float32Array ? image.data : new Float32Array();
  expect(largestDifference(made, valuesOf(tensors, "outputs"))).toBeLessThan(1e-5);
  await session.release();
  const started = await run(`train --model gan --dataroot photos --name started ${tiny.replace("--crop-size 16", "--crop-size 32").replace("--load-size 18", "--load-size 32")} --nc 1 --nz 5 --ngf 2 --max-steps 1 --init-g netG.pth`);
  expect(started.code, started.stderr).toBe(0);
});

test("translate, test and eval refuse it, and name sample", { timeout: 60_000 }, async () => {
  const refusal = 'runs/whole: expected a model that translates, got a GAN, which makes images from noise. Use "cyclegan sample --model runs/whole".';
  for (const line of ["translate --model runs/whole --input photos --output out", "eval --model runs/whole", "test --name whole --dataroot photos", "test --name whole --dataroot photos --model test"]) {
    expect(await run(line), line).toMatchObject({ code: 2, stdout: "", stderr: `cyclegan: ${refusal}\n` });
  }
  const file = await run("translate --model netG.pth --input photos --output out");
  expect(file.stderr).toMatch(/expected the weights of a generator that translates, got a DCGAN generator[^]*"cyclegan sample" makes images with it/);
});

test("settings that do not fit are named before anything is written", { timeout: 60_000 }, async () => {
  const line = `train --model gan --dataroot photos --name wrong ${tiny} --max-steps 1`;
  for (const [options, message] of [
    ["--crop-size 12", "--crop-size: expected a power of two of at least 8, such as 32 or 64, got 12."],
    ["--crop-size 4", "--crop-size: expected a power of two of at least 8, such as 32 or 64, got 4."],
    ["--preprocess none", "--preprocess: expected a kind with crop, because all images need one size, got none."],
    ["--direction BtoA", "--direction only works for a model that translates."],
    ["--gan-mode hinge --label-smoothing 0.1", "--label-smoothing only works with --gan-mode lsgan or vanilla, because hinge has no labels between 0 and 1."],
  ] as const) {
    expect(await run(`${line} ${options}`), options).toMatchObject({ code: 2, stderr: `cyclegan: ${message}\n` });
  }
  const two = await run("train --model gan --a photos --b photos --name wrong");
  expect(two.stderr).toContain("--a and --b only work for a model with a folder of images for each domain.");
  const none = await run("train --model gan --name wrong");
  expect(none.stderr).toContain("--dataroot: expected a folder that contains train, got none. Or name a folder of images.");
  expect(existsSync(at("wrong"))).toBe(false);
});

/** CUT through the command: training that resumes, its page, figures, translation, tiles, and its weights elsewhere. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-cut-"));
const tiny =
  "--load-size 36 --crop-size 32 --n-blocks 1 --nce-layers 0,4,8,12 --ngf 4 --ndf 4 --num-patches 32 --net-f-nc 16 --net-d n_layers --n-layers-d 1 " +
  "--print-freq 1 --display-freq 2 --eval-freq 2 --save-latest-freq 1";
const run = (line: string) => cyclegan(folder, ...line.split(" "));
const train = (name: string, steps: number, more: string) => run(`train --dataroot data --name ${name} ${tiny} --max-steps ${steps} ${more}`);
const at = (...parts: readonly string[]): string => join(folder, "runs", ...parts);
const lines = (...path: readonly string[]): unknown[] => readFileSync(at(...path), "utf8").trim().split("\n").map((line): unknown => JSON.parse(line));

beforeAll(async () => {
  for (const domain of ["A", "B"]) {
    makeImages(join(folder, "data", `train${domain}`), 3, 40, 40);
    makeImages(join(folder, "data", `test${domain}`), 2, 40, 40);
  }
  const { code, stderr } = await train("whole", 4, "--CUT_mode FastCUT");
  expect(code, stderr).toBe(0);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

test("it continues to the same bits", { timeout: 60_000 }, async () => {
  expect((await train("parts", 2, "--CUT_mode FastCUT")).code).toBe(0);
  expect((await run("train --resume runs/parts --max-steps 4")).stderr).toMatch(/Resumed after step 2/);
  const weights = (name: string): Record<string, string> => {
    const files = readdirSync(at(name, "checkpoints")).filter((file) => file.startsWith("latest_net_"));
    return Object.fromEntries(files.map((file) => [file, readFileSync(at(name, "checkpoints", file)).toString("base64")]));
  };
  expect(Object.keys(weights("whole"))).toEqual(["D", "F", "G"].map((network) => `latest_net_${network}.safetensors`));
  expect(weights("parts")).toEqual(weights("whole"));
  expect(lines("parts", "metrics.jsonl")).toEqual(lines("whole", "metrics.jsonl"));
});

test("its settings, log, figures and page have the reference's names", () => {
  expect(JSON.parse(readFileSync(at("whole", "config.json"), "utf8"))).toMatchObject({ model: "cut", nEpochs: 150, nEpochsDecay: 50, lambdaNce: 10 });
  const number = expect.any(Number) as number;
  expect(lines("whole", "log.jsonl").at(-1)).toMatchObject({ step: 4, G_GAN: number, D_real: number, D_fake: number, G: number, NCE: number });
  expect(lines("whole", "metrics.jsonl").at(-1)).toMatchObject({ swd: number });
  const page = readFileSync(at("whole", "index.html"), "utf8");
  for (const text of ["– CUT</title>", "real A", "fake B", "real B", "Contrast"]) expect(page).toContain(text);
});

test("a dry run counts its memory", { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await train("dry", 1, "--model cut --dry-run");
  expect(code, stderr).toBe(0);
  expect(stdout + stderr).toMatch(/memory/);
});

test("it is measured, and translates at once and in tiles, in one direction", { timeout: 60_000 }, async () => {
  const { stdout, code, stderr } = await run("eval --model runs/whole");
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/swd/i);
  makeImages(join(folder, "photos"), 1, 70, 50);
  expect((await run("translate --model runs/whole --input photos --output one")).stderr).toMatch(/Images: 1 translated/);
  expect((await run("translate --model runs/whole --input photos --output tiles --tile 32")).stderr).toMatch(/Images: 1 translated/);
  expect(readdirSync(join(folder, "tiles"))).toContain("0.png");
  expect((await run("translate --model runs/whole --direction BtoA --input photos --output other")).stderr).toContain("only translates the other way");
});

test("its weights are inspected, converted, and start another training", { timeout: 60_000 }, async () => {
  const files = (network: string): string => `runs/whole/checkpoints/latest_net_${network}.safetensors`;
  expect((await run(`inspect ${files("G")}`)).stdout).toMatch(/a ResNet generator of 1 block, ngf 4, .*no dropout, antialiased, bilinear-conv[^]*model\.7\s.*halving by blur[^]*Nothing odd/);
  expect((await run(`inspect ${files("D")}`)).stdout).toMatch(/a PatchGAN discriminator of 1 layers, ndf 4, 3 channels, instance norm, antialiased/);
  expect((await run(`inspect ${files("F")}`)).stdout).toMatch(/mlp_0\.: a projection head of CUT, from 3 to 16 channels; 336 parameters/);
  expect((await run(`convert ${files("G")} G.onnx`)).code).toBe(0);
  for (const network of ["G", "F"]) expect((await run(`convert ${files(network)} ${network}.pth`)).code, network).toBe(0);
  expect((await run("translate --model G.pth --input photos --output pth")).stderr).toMatch(/Images: 1 translated/);
  expect(readFileSync(join(folder, "pth", "0.png"))).toEqual(readFileSync(join(folder, "one", "0.png")));
  const started = await train("started", 1, `--model cut --init-g G.pth --init-f F.pth --init-d ${files("D")}`);
  expect(started.code, started.stderr).toBe(0);
});

/** pix2pix through the command: training that resumes, its page, figures, translation, and its weights elsewhere. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-pix2pix-"));
const tiny = "--load-size 68 --crop-size 64 --num-downs 6 --ngf 4 --ndf 4 --print-freq 1 --display-freq 2 --eval-freq 2 --save-latest-freq 1";
const run = (line: string) => cyclegan(folder, ...line.split(" "));
const train = (name: string, steps: number) => run(`train --model pix2pix --dataroot pairs --name ${name} ${tiny} --max-steps ${steps}`);
const at = (...parts: readonly string[]): string => join(folder, "runs", ...parts);
const lines = (...path: readonly string[]): unknown[] => readFileSync(at(...path), "utf8").trim().split("\n").map((line): unknown => JSON.parse(line));

beforeAll(async () => {
  makeImages(join(folder, "pairs", "train"), 3, 128, 64);
  makeImages(join(folder, "pairs", "test"), 2, 128, 64);
  expect((await train("whole", 4)).code).toBe(0);
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
});

test("its log, figures and page have the reference's names", () => {
  expect(lines("whole", "log.jsonl").at(-1)).toMatchObject({
    step: 4, G_GAN: expect.any(Number) as number, G_L1: expect.any(Number) as number, D_real: expect.any(Number) as number, D_fake: expect.any(Number) as number,
  });
  expect(lines("whole", "metrics.jsonl").at(-1)).toMatchObject({
    l1: expect.any(Number) as number, psnr: expect.any(Number) as number, ssim: expect.any(Number) as number,
  });
  const page = readFileSync(at("whole", "index.html"), "utf8");
  for (const text of ["– pix2pix</title>", "real A", "fake B", "real B", "Held-out SSIM"]) expect(page).toContain(text);
});

test("a dry run counts its memory", { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await run(`train --model pix2pix --dataroot pairs --name dry ${tiny} --dry-run`);
  expect(code, stderr).toBe(0);
  expect(stdout + stderr).toMatch(/memory/);
});

test("eval measures pairs, and translate makes B, always the same", { timeout: 60_000 }, async () => {
  const { stdout, code, stderr } = await run("eval --model runs/whole");
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/2 pairs of the same name/);
  expect(stdout).toMatch(/PSNR in dB/);
  makeImages(join(folder, "photos"), 2, 60, 50);
  for (const out of ["one", "two"]) {
    expect((await run(`translate --model runs/whole --input photos --output ${out}`)).stderr).toMatch(/Images: 2 translated/);
  }
  expect(readFileSync(join(folder, "one", "1.png"))).toEqual(readFileSync(join(folder, "two", "1.png")));
  const back = await run("translate --model runs/whole --direction BtoA --input photos --output other");
  expect(back.stderr).toContain("only translates the other way");
});

test("its weights are inspected, converted, and start another training", { timeout: 60_000 }, async () => {
  const G = "runs/whole/checkpoints/latest_net_G.safetensors";
  expect((await run(`inspect ${G}`)).stdout).toMatch(/a U-Net generator that halves images 6 times, ngf 4, 3 to 3 channels, batch norm with running statistics[^]*Nothing odd/);
  expect((await run(`convert ${G} G.onnx`)).code).toBe(0);
  expect((await run(`convert ${G} latest_net_G.pth`)).code).toBe(0);
  expect((await run("translate --model latest_net_G.pth --input photos --output pth")).stderr).toMatch(/Images: 2 translated/);
  expect(readFileSync(join(folder, "pth", "1.png"))).toEqual(readFileSync(join(folder, "one", "1.png")));
  const started = await run(`train --model pix2pix --dataroot pairs --name started ${tiny} --max-steps 1 --init-g latest_net_G.pth`);
  expect(started.code, started.stderr).toBe(0);
});

test("a ResNet with dropout has PyTorch's names, and starts from its own weights", { timeout: 60_000 }, async () => {
  const resnet = `train --model pix2pix --dataroot pairs ${tiny.replace("--num-downs 6", "--net-g resnet_1blocks")} --max-steps 1`;
  expect((await run(`${resnet} --name resnet`)).code).toBe(0);
  const G = "runs/resnet/checkpoints/latest_net_G.safetensors";
  expect((await run(`inspect ${G}`)).stdout).toMatch(/model\.10\.conv_block\.6\.weight/);
  cpSync(join(folder, G), join(folder, "G.safetensors"));
  const again = await run(`${resnet} --name again --init-g G.safetensors`);
  expect(again.code, again.stderr).toBe(0);
  expect((await run("translate --model runs/resnet --input photos --output resnet")).stderr).toMatch(/Images: 2 translated/);
});

test("pairs in two folders: it trains, resumes and measures, and says what has no partner", { timeout: 60_000 }, async () => {
  for (const domain of ["A", "B"]) {
    makeImages(join(folder, "two", `train${domain}`), 3, 64, 64);
    makeImages(join(folder, "two", `test${domain}`), 2, 64, 64);
  }
  rmSync(join(folder, "two", "trainB", "1.png"));
  const line = `train --model pix2pix --dataroot two --name two ${tiny}`;
  const { code, stderr } = await run(`${line} --max-steps 2`);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/trainA: 2 images, without a partner in the other folder: 1 image \(1\.png\)/);
  expect((await run("train --resume runs/two --max-steps 3")).stderr).toMatch(/Resumed after step 2/);
  expect(lines("two", "metrics.jsonl")).toHaveLength(2);
  expect((await run("eval --model runs/two")).stdout).toMatch(/2 pairs of the same name/);
  const own = await run(`train --model pix2pix --a two/trainA --b two/trainB --hold-out 50 --name own ${tiny} --max-steps 1`);
  expect(own.code, own.stderr).toBe(0);
  expect((await run(`${line.replace("--name two", "--name strict")} --strict`)).stderr).toMatch(/expected pairs, got images, without a partner/);
});

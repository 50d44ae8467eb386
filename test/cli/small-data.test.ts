import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-small-data-"));
const tiny = "--load-size 36 --crop-size 32 --ngf 4 --ndf 4 --n-blocks 1 --pool-size 2 --print-freq 1 --eval-freq 2";
const options = "--ema 0.9 --diffaugment color,cutout --upsample resize-conv --spectral-norm --identity-epochs 2";
const checkpoints = (name: string): string => join(folder, "runs", name, "checkpoints");

beforeAll(() => {
  for (const domain of ["trainA", "trainB", "testA", "testB"]) makeImages(join(folder, "data", domain), 2, 36, 36);
});
afterAll(() => rmSync(folder, { recursive: true }));

function train(name: string, steps: number): Promise<Awaited<ReturnType<typeof cyclegan>>> {
  return cyclegan(folder, ..."train --dataroot data --name".split(" "), name, ...tiny.split(" "), ...options.split(" "), "--max-steps", String(steps));
}

/** The files of newest weights, by name. */
function weights(name: string): Readonly<Record<string, string>> {
  const files = readdirSync(checkpoints(name)).filter((file) => file.startsWith("latest_net_"));
  return Object.fromEntries(files.sort().map((file) => [file, readFileSync(join(checkpoints(name), file)).toString("base64")]));
}

test("a run with every option for small data goes on exactly, and its averages are measured and translate", { timeout: 60_000 }, async () => {
  expect((await train("whole", 5)).code).toBe(0);
  expect((await train("parts", 3)).code).toBe(0);
  const resumed = await cyclegan(folder, "train", "--resume", join("runs", "parts"), "--max-steps", "5");
  expect(resumed.stderr).toMatch(/Resumed after step 3/);
  expect(resumed.code).toBe(0);
  const names = ["D_A", "D_B", "G_A", "G_A_ema", "G_B", "G_B_ema"].map((network) => `latest_net_${network}.safetensors`);
  expect(Object.keys(weights("whole"))).toEqual(names);
  expect(weights("parts")).toEqual(weights("whole"));
  // Without identity losses by now, under the page's four headings.
  expect(await sharp(join(folder, "runs", "whole", "samples", "step-000005.png")).metadata()).toMatchObject({ width: 4 * 130 - 2 });

  const images = ["--input", join("data", "testA"), "--output", "out"];
  rmSync(join(checkpoints("whole"), "latest_net_G_A.safetensors"));
  rmSync(join(checkpoints("whole"), "latest_net_G_B.safetensors"));
  expect((await cyclegan(folder, "eval", "--model", join("runs", "whole"))).code).toBe(0);
  expect((await cyclegan(folder, "translate", "--model", join("runs", "whole"), ...images)).stderr).toMatch(/Images: 2 translated/);
  rmSync(join(checkpoints("whole"), "latest_net_G_A_ema.safetensors"));
  const without = await cyclegan(folder, "translate", "--model", join("runs", "whole"), ...images, "--overwrite");
  expect(without.stderr).toMatch(/expected the weights latest_net_G_A_ema\.safetensors, got none/);
});

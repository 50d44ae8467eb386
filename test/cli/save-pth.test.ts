import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readWeights } from "../../src/io/read-weights.js";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-save-pth-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Names, types, shapes and bytes of a file's tensors. */
async function tensorsOf(path: string): Promise<unknown> {
  const tensors = [...(await readWeights(path))];
  return new Map(tensors.map(([name, { dtype, shape, bytes }]) => [name, { dtype, shape, bytes: Buffer.from(bytes).toString("hex") }]));
}

test("train --save_pth writes the same weights as .pth, which are a model for translate", { timeout: 120_000 }, async () => {
  for (const domain of ["trainA", "trainB"]) makeImages(join(folder, "data", domain), 1, 16, 16);
  const sizes = "--load_size 16 --crop_size 16 --ngf 2 --ndf 2 --n-blocks 1 --netD n_layers --n_layers_D 1 --gpu_ids -1";
  const trained = await cyclegan(folder, "train", "--dataroot", "data", "--name", "r", "--save_pth", "--max-steps", "1", ...sizes.split(" "));
  expect(trained.code, trained.stderr).toBe(0);
  const checkpoints = join(folder, "runs/r/checkpoints");
  const networks = ["D_A", "D_B", "G_A", "G_B"];
  expect(readdirSync(checkpoints).filter((name) => name.startsWith("latest_net_") && name.endsWith(".pth")).sort()).toEqual(
    networks.map((network) => `latest_net_${network}.pth`),
  );
  for (const network of networks) {
    expect(await tensorsOf(join(checkpoints, `latest_net_${network}.pth`))).toEqual(
      await tensorsOf(join(checkpoints, `latest_net_${network}.safetensors`)),
    );
  }
  const translated = await cyclegan(folder, "translate", "--model", checkpoints, "--input", "data/trainA", "--output", "out", "--gpu_ids", "-1");
  expect(translated.code, translated.stderr).toBe(0);
});

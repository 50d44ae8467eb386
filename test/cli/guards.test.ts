import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-guards-"));
beforeAll(() => {
  for (const domain of ["trainA", "trainB"]) makeImages(join(folder, "data", domain), 4, 16, 16);
});
afterAll(() => rmSync(folder, { recursive: true }));

const networks = ["--ngf", "4", "--n-blocks", "1", "--ndf", "4", "--net-d", "n_layers", "--n-layers-d", "1", "--norm", "none"];
const small = ["--dataroot", "data", "--preprocess", "none", ...networks, "--print-freq", "1", "--adapter", "software"];

test("a learning rate that overflows: so many returns, then an error with what to do; what was saved can be used", async () => {
  // A first step of Adam makes every weight ±lr, and two layers of those make 1e32 of 1.
  const run = await cyclegan(folder, "train", ...small, "--name", "hot", "--lr", "9e15", "--save-latest-freq", "1", "--max-restores", "1");
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(/Step 2 left NaN or infinity: back to the checkpoint of step 1\./);
  expect(run.stderr).toMatch(/Step 2 is left out: conv\w+ in G_\w\.model\.\d+ \(forward\) made .*Its images: .*trainA/);
  expect(run.stderr).toMatch(
    /cyclegan: step 3: expected finite numbers, got NaN or infinity, with --max-restores 1 used up: .* lower --lr/,
  );
  const events = readFileSync(join(folder, "runs", "hot", "events.jsonl"), "utf8").trim().split("\n");
  expect(events.map((line): unknown => JSON.parse(line))).toMatchObject([
    { step: 1, kind: "restored" },
    { step: 2, kind: "skipped" },
    { step: 2, kind: "restored" },
  ]);
  expect(readdirSync(join(folder, "runs", "hot", "checkpoints"))).toContain("step-00000002");

  const again = await cyclegan(folder, "train", "--resume", "runs/hot", "--lr", "1e-30", "--max-restores", "1", "--max-steps", "3");
  expect(again.stderr).toMatch(/cyclegan: step 3: expected finite numbers/);
  expect(again.code).toBe(1);
});

import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-sweep-command-"));
const settings = `dataroot: data
name: tiny
seed: [1, 2]
cropSize: 16
loadSize: 16
ngf: 2
ndf: 2
nBlocks: 1
netD: n_layers
nLayersD: 1
maxSteps: 1
`;
beforeAll(() => {
  makeImages(join(folder, "data/trainA"), 1, 16, 16);
  makeImages(join(folder, "data/trainB"), 1, 16, 16);
  writeFileSync(join(folder, "settings.yaml"), settings);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("sweep lists runs that train makes and continues, and compare shows", { timeout: 60_000 }, async () => {
  const listed = await cyclegan(folder, "sweep", "settings.yaml");
  expect(listed).toMatchObject({ code: 0, stdout: "sweep/runs.txt\n", stderr: "2 runs, one in each line:\n" });
  const files = readFileSync(join(folder, "sweep/runs.txt"), "utf8").trim().split("\n");
  expect(files).toEqual(["sweep/tiny-seed-1.json", "sweep/tiny-seed-2.json"]);

  for (const file of files) expect(await cyclegan(folder, "train", "--continue-train", "--config", file)).toMatchObject({ code: 0 });
  expect(readdirSync(join(folder, "runs")).toSorted()).toEqual(["tiny-seed-1", "tiny-seed-2"]);
  const again = await cyclegan(folder, "train", "--continue-train", "--config", files[0] ?? "");
  expect(again.stderr).toContain("runs/tiny-seed-1 exists and continues with its own settings. sweep/tiny-seed-1.json is not used.");

  const compared = await cyclegan(folder, "compare", "runs");
  expect(compared.code).toBe(0);
  expect(compared.stdout).toMatch(/^run +best held-out metric +at step +steps\ntiny-seed-[12] +– +– +1\ntiny-seed-[12] +– +– +1\ncompare\.html\n$/);
  expect(readFileSync(join(folder, "compare.html"), "utf8")).toContain('<th scope="col">seed</th>');
});

test("sweep does not touch a folder that exists", async () => {
  makeImages(join(folder, "mine"), 1, 4, 4);
  const { code, stderr } = await cyclegan(folder, "sweep", "settings.yaml", "--output", "mine");
  expect([code, stderr]).toEqual([2, "cyclegan: --output mine: expected a new folder, got one that exists. Remove it, or use another name.\n"]);
  expect(readdirSync(join(folder, "mine"))).toEqual(["0.png"]);
});

/** The toy GAN reaches the optimum that theory gives, and draws it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeImage } from "../../src/data/decode.js";
import { runExample } from "./run-example.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-ring-"));
let printed = "";
beforeAll(async () => {
  printed = await runExample("gan-ring.ts", folder);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

const figures = (pattern: RegExp): number[] => (pattern.exec(printed) ?? []).slice(1).map(Number);

test("the value function is −log 4", () => {
  const [value = Number.NaN] = figures(/^value function (-[\d.]+), in theory -1\.386$/m);
  // It is −log 4 + 2 JSD for the best discriminator: 0.03 allows a divergence of 0.015 of its greatest 0.693. Five seeds were within 0.004.
  expect(Math.abs(value + Math.log(4)), printed).toBeLessThan(0.03);
});

test("D answers one half to real points and to generated ones", () => {
  const answers = figures(/^D answers ([\d.]+) to real points and ([\d.]+) to generated ones/m);
  expect(answers, printed).toHaveLength(2);
  for (const answer of answers) expect(Math.abs(answer - 0.5), printed).toBeLessThan(0.02);
});

test("the generator covers all eight Gaussians", () => {
  expect(figures(/^(\d) of 8 Gaussians covered/m), printed).toEqual([8]);
});

test("the picture shows gray where D answers one half, and points of both kinds", async () => {
  const { width, height, data } = await decodeImage(join(folder, "gan-ring.png"), 3);
  expect([width, height]).toEqual([480, 480]);
  let [real, generated, ground, gray] = [0, 0, 0, 0];
  for (let i = 0; i < data.length; i += 3) {
    const [r = 0, g = 0, b = 0] = data.subarray(i, i + 3);
    if (r === 40 && g === 160 && b === 80) real++;
    else if (r === 240 && g === 120 && b === 30) generated++;
    else {
      ground++;
      if (r === g && g === b && r > 64 && r < 192) gray++;
    }
  }
  expect(Math.min(real, generated)).toBeGreaterThan(1000);
  expect(gray / ground).toBeGreaterThan(0.5);
});

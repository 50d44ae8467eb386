/** Runs the library in a real browser: opens examples/browser.html in Chromium, on its software adapter. */
import type { Server } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ImageBatch } from "../../src/data/image.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import { defaultOptions, type Losses } from "../../src/models/cyclegan/options.js";
import { CycleGANTrainer } from "../../src/models/cyclegan/trainer.js";
import { Random } from "../../src/random.js";
import { addressOf, executablePath, launch, serveRoot, title } from "../support/browser.js";
import { useGpu } from "../support/device.js";

/** Computes the losses of the page's first step in Node. */
async function firstLosses(gpu: Gpu): Promise<Losses> {
  const random = new Random(7);
  const noise = (...colour: readonly number[]): ImageBatch => {
    const data = Float32Array.from({ length: 16 * 16 * 3 }, (_, i) => (colour[i % 3] ?? 0) + 0.2 * (random.uniform() - 0.5));
    return { shape: [1, 16, 16, 3], data };
  };
  const options = { ...defaultOptions, ngf: 8, ndf: 8, nBlocks: 1, nLayersD: 1, netD: "n_layers", lambdaIdentity: 0, lr: 2e-3 } as const;
  const trainer = new CycleGANTrainer(gpu, options, random.stream("model"));
  await trainer.step({ A: noise(-0.5, -0.8, -0.8), B: noise(-0.6, -0.2, 0.8) });
  const losses = await trainer.losses();
  trainer.dispose();
  return losses;
}

describe.skipIf(!executablePath)(title, { timeout: 120_000 }, () => {
  let browser: Browser;
  let server: Server;
  beforeAll(async () => {
    server = await serveRoot();
    browser = await launch();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  const gpu = useGpu();

  test("the library trains as in Node, without a bundler, and the page shows the images", async () => {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(addressOf(server, "examples/browser.html"));
    const log = page.locator("#log");
    await expect.poll(async () => (await log.textContent())?.trimEnd().split("\n").at(-1), { timeout: 100_000 }).toMatch(/^(done|.*Error.*)$/);
    const lines = (await log.textContent())?.trimEnd().split("\n") ?? [];
    expect(problems).toEqual([]);
    expect(lines.at(-1)).toBe("done");
    // The page prints three digits, and runs on another adapter.
    const { G_A, cycle_A, D_B } = await firstLosses(gpu());
    const first = (lines[0]?.match(/[\d.]+(?=,|$)/g) ?? []).map(Number);
    expect(first).toHaveLength(3);
    for (const [index, loss] of [G_A, cycle_A, D_B].entries()) expect(first[index]).toBeCloseTo(loss, 2);
    const cycle = lines.slice(0, -1).map((line) => Number(/cycle_A ([\d.]+)/.exec(line)?.[1]));
    expect(cycle).toHaveLength(4);
    expect(cycle[3]).toBeLessThan((cycle[0] ?? 0) / 4);
    // The translation of dark red, in the middle column, is blue.
    const [, , blue] = await page.evaluate(() => [...document.querySelector("canvas")!.getContext("2d")!.getImageData(24, 8, 1, 1).data]);
    expect(blue).toBeGreaterThan(200);
  });
});

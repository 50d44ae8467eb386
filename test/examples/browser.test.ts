/** Runs the library in a real browser: opens examples/browser.html in Chromium, on its software adapter. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ImageBatch } from "../../src/data/image.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import { defaultOptions, type Losses } from "../../src/models/cyclegan/options.js";
import { CycleGANTrainer } from "../../src/models/cyclegan/trainer.js";
import { Random } from "../../src/random.js";
import { findChromium } from "../support/chromium.js";
import { useGpu } from "../support/device.js";
import { root } from "../package/installed.js";

const executablePath = findChromium();
const title = executablePath ? "in a browser" : "in a browser (skipped: no Chromium in PATH; CHROMIUM=<path> names one)";
const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };
/** Without these arguments, Chromium has no WebGPU if there is no GPU. SwiftShader is part of Chromium. */
const args = ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--ignore-gpu-blocklist"];

/** Serves the files of the repository. */
function serveRoot(): Promise<Server> {
  const server = createServer(({ url = "" }, response) => {
    try {
      const file = readFileSync(join(root, url));
      response.setHeader("content-type", types[extname(url)] ?? "application/octet-stream").end(file);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

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
    browser = await chromium.launch({ executablePath: executablePath!, args });
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
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/examples/browser.html`);
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

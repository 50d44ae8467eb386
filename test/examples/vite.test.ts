/** Builds examples/vite with the packed library, and runs the result in Chromium: the library in a worker of a bundled page. */
import { cpSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installPackage, root, run } from "../package/installed.js";
import { addressOf, executablePath, launch, serveFolder, title } from "../support/browser.js";

let base: string;
let site: string;
beforeAll(async () => {
  const { base: folder, app } = await installPackage("");
  base = folder;
  cpSync(join(root, "examples/vite"), app, { recursive: true });
  site = join(app, "dist");
  await build({ root: app, logLevel: "warn" });
}, 180_000);
afterAll(() => rmSync(base, { recursive: true }));

test("its types fit the library's", { timeout: 60_000 }, async () => {
  await run(join(site, ".."), process.execPath, join(root, "node_modules/typescript/bin/tsc"), "-p", ".");
});

describe.skipIf(!executablePath)(title, { timeout: 120_000 }, () => {
  let browser: Browser;
  let server: Server;
  beforeAll(async () => {
    server = await serveFolder(site);
    browser = await launch();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  async function logOf(before: string): Promise<string[]> {
    const page = await browser.newPage();
    await page.addInitScript(before);
    // Such scripts do not run in workers.
    await page.route("**/worker-*.js", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${before};\n${await response.text()}` });
    });
    await page.goto(addressOf(server, "index.html"));
    const log = page.locator("#log");
    await expect.poll(() => log.textContent(), { timeout: 100_000 }).toMatch(/done|Error/);
    return (await log.textContent())?.trimEnd().split("\n") ?? [];
  }

  test("the worker learns the kernel of the blur", async () => {
    const lines = await logOf("");
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["step", "step", "step", "kernel", "done"]);
    const kernel = lines[3]?.split(" ").slice(1).map(Number) ?? [];
    expect(kernel).toHaveLength(9);
    // With noise as input the loss is 1/12 · Σ (kernel − 1/9)², and its minimum is exact. 0.01 is a tenth of a tap.
    for (const value of kernel) expect(Math.abs(value - 1 / 9), lines.join("\n")).toBeLessThan(0.01);
  });

  test("a browser without WebGPU reads which ones have it", async () => {
    expect(await logOf('for (const name of ["Navigator", "WorkerNavigator"]) delete globalThis[name]?.prototype.gpu')).toEqual([
      expect.stringMatching(/^DeviceError: openGpu: expected a browser with WebGPU, .* Use Chrome or Edge 113/),
    ]);
  });
});

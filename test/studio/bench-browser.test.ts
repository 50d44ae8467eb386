import { join } from "node:path";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { BenchReport } from "../../src/bench/report.js";
import { residualCases, steps } from "../../src/bench/sizes.js";
import { stepName } from "../../src/bench/step.js";
import { violations } from "../support/axe.js";
import { executablePath, title } from "../support/browser.js";
import { compressedBytes, pathsOf, putBefore, useStudio, type OpenedPage, type OpenOptions } from "../support/studio.js";

/**
 * The clock of the worker runs a thousand times as fast, and its timers with it. So everything seems slow: it is computed and checked
 * as always, but not repeated for precision.
 */
const FAST_CLOCK = `{
  const [now, start] = [performance.now.bind(performance), setTimeout];
  performance.now = () => 1000 * now();
  self.setTimeout = (run, delay) => start(run, delay / 1000);
}`;

describe.skipIf(!executablePath)(title, { timeout: 300_000 }, () => {
  const studio = useStudio();

  /** `worker`: code before that of the page's worker. */
  const open = ({ worker = FAST_CLOCK, ...options }: OpenOptions & { readonly worker?: string } = {}): Promise<OpenedPage> =>
    studio.open("bench.html", {
      permissions: ["clipboard-read", "clipboard-write"],
      prepare: (page) => putBefore(page, "bencher.js", worker),
      ...options,
    });

  let fakePeers: string;
  beforeAll(async () => {
    const { outputFiles } = await build({ entryPoints: [join(import.meta.dirname, "fake-peers.ts")], bundle: true, write: false, format: "esm" });
    fakePeers = outputFiles[0]!.text;
  });

  /** Opens the page of a build with other engines, which are only pretended. */
  const openWithPeers = (options: OpenOptions = {}): Promise<OpenedPage> =>
    studio.open("bench.html", {
      ...options,
      prepare: async (page) => {
        await page.route("**/peers.js", (route) => route.fulfill({ body: fakePeers, contentType: "text/javascript" }));
        await page.route("**/benchmarks.json", async (route) => {
          const response = await route.fetch();
          await route.fulfill({ response, json: { ...(await response.json()), peers: ["TensorFlow.js 4", "jax-js 0"] } });
        });
      },
    });

  /** The cards in which this GPU has a figure. */
  const ownCards = (page: Page): Promise<string[]> => page.locator(".benchmark:has(.own) h3").allTextContents();

  test("everything is checked, timed and copied in the command's form, beside other devices", async () => {
    const { page, problems } = await open();
    await page.getByText("nvidia-h200").first().waitFor();
    await page.getByRole("button", { name: "Measure this GPU" }).click();
    await page.getByText("Measured.").waitFor({ timeout: 280_000 });
    const kernels = residualCases(false).map(({ name }) => name);
    const names = steps(true, false).map(stepName);
    const limits = ["Multiply-add in registers", "Copy through a kernel"];
    expect(await ownCards(page)).toEqual([...names.map((name) => name.replace("training step, ", "")), ...limits, ...kernels]);
    await page.getByRole("button", { name: "Copy results" }).click();
    await page.getByText("Copied as JSON.").waitFor();
    const report: BenchReport = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    expect(report).toMatchObject({ schema: "cyclegan-bench/1", platform: "Linux", browser: expect.stringMatching(/^Chrome \d+$/), adapter: { isCpu: true } });
    expect(report.kernels.map(({ name }) => name)).toEqual(kernels);
    for (const { milliseconds, error } of report.kernels) expect([milliseconds > 0, error < 1e-4]).toEqual([true, true]);
    expect([report.steps, report.leftOut].map((list) => list.map(({ name }) => name))).toEqual([names.slice(0, 1), names.slice(1)]);
    expect(await violations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  test("a measurement stops at once, keeps what it has found, and the keyboard is enough", async () => {
    const { page, problems } = await open();
    await page.locator("button:enabled", { hasText: "Measure this GPU" }).press("Enter");
    await page.locator(".benchmark .own").first().waitFor({ timeout: 120_000 });
    await page.getByText(/^Timing: .*, about .* left\.$/).waitFor();
    await page.getByRole("button", { name: "Stop" }).press("Enter");
    await page.getByText("Stopped. What was measured is shown below.").waitFor();
    expect(await ownCards(page)).toContain("Multiply-add in registers");
    expect(await page.getByRole("button", { name: "Measure again" }).isEnabled()).toBe(true);
    expect(problems).toEqual([]);
  });

  test.for(["light", "dark"] as const)("on a phone, %s: fits 360 pixels, and axe finds nothing", async (colorScheme) => {
    const { page, problems } = await open({ width: 360, colorScheme });
    await page.getByText("Limits and features").click();
    await page.getByRole("row", { name: /^Largest buffer / }).waitFor();
    await page.getByText("nvidia-h200").first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await violations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  test("a build without other engines says so, and how to make one with them", async () => {
    const { page } = await open();
    await page.getByText('In a checkout, "npm --prefix bench/peers ci" and then "npm run site" make one').waitFor();
    expect(await page.getByRole("button", { name: "Compare the engines" }).count()).toBe(0);
  });

  test("engines are compared by the keyboard alone, while this GPU is not measured, and a stop keeps what was compared", async () => {
    const { page, problems } = await openWithPeers();
    await page.locator('button:not([aria-disabled="true"])', { hasText: "Compare the engines" }).press("Enter");
    // The adapter is a software one.
    await page.getByText("conv forward: checking jax-js, small.").waitFor();
    await page.getByText("TensorFlow.js 4", { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: "Measure this GPU" }).isDisabled()).toBe(true);
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("Stop the comparison");
    await page.keyboard.press("Enter");
    await page.getByText("Stopped. What was compared is shown below.").waitFor();
    expect(await page.getByRole("region", { name: "Other engines" }).locator("strong").allTextContents()).toEqual(["2.00 ms", "8.00 ms", "no time"]);
    expect(await page.getByRole("button", { name: "Measure this GPU" }).isEnabled()).toBe(true);
    expect(problems).toEqual([]);
  });

  test.for(["light", "dark"] as const)("on a phone, %s: compared engines fit 360 pixels, and axe finds nothing", async (colorScheme) => {
    const { page } = await openWithPeers({ width: 360, colorScheme });
    await page.locator('button:not([aria-disabled="true"])', { hasText: "Compare the engines" }).click();
    await page.getByText("no time").waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await violations(page)).toEqual([]);
  });

  test("without WebGPU, or without an adapter, the page says so and still shows other devices", async () => {
    const without = await open({ script: "delete Navigator.prototype.gpu" });
    expect(await without.page.getByRole("alert").textContent()).toContain("Chrome or Edge 113 or newer");
    await without.page.getByText("nvidia-h200").first().waitFor();
    const { page } = await open({ worker: "GPU.prototype.requestAdapter = async () => null;" });
    await page.getByText("expected a WebGPU adapter, got none").waitFor();
    expect(await page.getByRole("button", { name: "Measure this GPU" }).isDisabled()).toBe(true);
    expect(await violations(page)).toEqual([]);
  });

  test("the first load is at most 300 kB, compressed", async () => {
    const { page, answers } = await open();
    await page.getByText("Limits and features").waitFor();
    await page.waitForLoadState("networkidle");
    expect(pathsOf(answers)).toEqual(expect.arrayContaining(["/bench.js", "/bencher.js", "/benchmarks.json"]));
    // 201 kB, most of it the engine, which the worker loads.
    expect(await compressedBytes(answers)).toBeLessThan(300_000);
  });
});

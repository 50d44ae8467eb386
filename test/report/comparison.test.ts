import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { encodePng } from "../../src/data/encode.js";
import { compareRuns } from "../../src/report/comparison/compare-runs.js";
import { comparedCharts } from "../../src/report/comparison/compared-charts.js";
import { bestFirst, readComparedRun, withUniqueNames } from "../../src/report/comparison/compared-run.js";
import { comparedSamples } from "../../src/report/comparison/compared-samples.js";
import { differingSettings } from "../../src/report/comparison/differing-settings.js";
import { findChromium } from "../support/chromium.js";
import { logLine, scratchFolder } from "./make-run.js";

const parent = scratchFolder();

interface Made {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly swd?: readonly number[];
  /** Level of the inputs, and of what the run makes of them, in its newest sample. */
  readonly sample?: readonly [input: number, output: number];
}

/** A run with three logged steps. Its sample grid has one line of three images of 4×4 pixels. */
function make(name: string, { settings = {}, swd = [], sample }: Made): string {
  const run = join(parent, name);
  mkdirSync(join(run, "samples"), { recursive: true });
  writeFileSync(join(run, "config.json"), JSON.stringify({ name, lambdaIdentity: 0, ...settings }));
  for (const step of [10, 20, 30]) appendFileSync(join(run, "log.jsonl"), logLine(step));
  writeFileSync(join(run, "metrics.jsonl"), swd.map((value, index) => `{"step":${(index + 1) * 10},"swd":${value}}\n`).join(""));
  if (!sample) return run;
  const width = 3 * 4 + 2 * 2;
  const levels = [sample[0], sample[1], 0];
  const data = Uint8Array.from({ length: width * 4 * 3 }, (_, index) => levels[Math.floor((Math.floor(index / 3) % width) / 6)] ?? 0);
  writeFileSync(join(run, "samples/step-000030.png"), encodePng({ width, height: 4, channels: 3, data }));
  return run;
}

const read = (runs: readonly string[]) => Promise.all(runs.map(readComparedRun));
const quiet = (): void => {};

test("the best of each metric comes first, and runs that were not measured come last", async () => {
  const runs = [
    make("order/unmeasured", {}),
    make("order/far", { swd: [3, 2.5] }),
    make("order/fcn-low", { settings: { model: "fcn", classes: "2" } }),
    make("order/near", { swd: [3, 1, 4] }),
    make("order/fcn-high", { settings: { model: "fcn", classes: "2" } }),
  ];
  writeFileSync(join(parent, "order/fcn-low/metrics.jsonl"), '{"step":10,"meanIoU":0.2}\n');
  writeFileSync(join(parent, "order/fcn-high/metrics.jsonl"), '{"step":10,"meanIoU":0.8}\n');
  const sorted = bestFirst(await read(runs));
  expect(sorted.map(({ name, best }) => [name, best?.value, best?.step])).toEqual([
    ["near", 1, 20],
    ["far", 2.5, 20],
    ["fcn-high", 0.8, 10],
    ["fcn-low", 0.2, 10],
    ["unmeasured", undefined, undefined],
  ]);
});

test("runs of one name are told apart by the folder above", async () => {
  const runs = await read([make("x/zebra", {}), make("y/zebra", {}), make("y/horse", {})]);
  expect(withUniqueNames([...runs, runs[0]!]).map(({ name }) => name)).toEqual(["x/zebra", "y/zebra", "horse", "x/zebra (2)"]);
});

test("settings that differ are named, but not where a run is", () => {
  const all = [
    { name: "a", runsDir: "x", overwrite: true, lr: 1, list: [1, 2] },
    { name: "b", runsDir: "y", overwrite: false, lr: 2, list: [1, 2], more: 1 },
  ];
  expect(differingSettings(all)).toEqual(["lr", "more"]);
  expect(differingSettings(all.slice(0, 1))).toEqual([]);
});

test("each loss and metric has a chart with a line for each run over the steps of all", async () => {
  const [short, long] = [make("charts/short", { swd: [5] }), make("charts/long", { swd: [4, 3] })];
  const charts = comparedCharts(await read([short, long]));
  const swd = charts.find(({ title }) => title === "Held-out distance: swd");
  expect(swd?.keys).toEqual(["short", "long"]);
  expect(swd?.series.columns).toEqual({ step: [10, 20], short: [5, null], long: [4, 3] });
  const titles = charts.map(({ title }) => title);
  expect(titles).toEqual(expect.arrayContaining(["Cycle: cycle_A", "Cycle: cycle_B", "Learning rate"]));
  expect(new Set(titles).size).toBe(titles.length);
});

test("samples of the same inputs stand in one grid, others in their own", async () => {
  const runs = await read([
    make("samples/a", { sample: [10, 100] }),
    make("samples/b", { sample: [10, 200] }),
    make("samples/none", {}),
    make("samples/other", { sample: [11, 150] }),
  ]);
  const grids = await comparedSamples(runs, quiet);
  expect(grids.map(({ headings }) => headings)).toEqual([
    ["input", "a, step 30", "b, step 30"],
    ["input", "other, step 30"],
  ]);
  const levels = grids.map(({ grid }) => Array.from({ length: (grid.width + 2) / 6 }, (_, column) => grid.data[column * 6 * 3]));
  expect(levels).toEqual([
    [10, 100, 200],
    [11, 150],
  ]);
});

test("a sample that cannot be read and a folder that is no run are named and left out", async () => {
  const run = make("broken/run", { sample: [1, 2] });
  writeFileSync(join(run, "samples/step-000030.png"), "no image");
  mkdirSync(join(parent, "broken/empty"));
  const messages: string[] = [];
  const output = join(parent, "broken.html");
  const { runs } = await compareRuns({ runs: [run, join(parent, "broken/empty")], output, onMessage: (text) => void messages.push(text) });
  expect(runs.map(({ name }) => name)).toEqual(["run"]);
  expect(messages.join("\n")).toMatch(/^Left out: .*empty: expected the folder of a run.*\nLeft out: .*step-000030\.png/);
  expect(existsSync(output)).toBe(true);
});

test("no run at all, another kind of output, and a file of something else are refused", async () => {
  const run = make("refused/run", {});
  writeFileSync(join(parent, "mine.html"), "<p>mine</p>");
  await expect(compareRuns({ runs: [join(parent, "nothing")] })).rejects.toThrow(/nothing: expected folders of runs.*got none/);
  await expect(compareRuns({ runs: [run], output: "x.png" })).rejects.toThrow(/--output: expected a page that ends in \.html, got "x\.png"/);
  await expect(compareRuns({ runs: [run], output: join(parent, "mine.html") })).rejects.toThrow(/expected a new page or one of this program/);
  expect(readFileSync(join(parent, "mine.html"), "utf8")).toBe("<p>mine</p>");
});

const executablePath = findChromium();
test.skipIf(!executablePath)("the page shows names as text, links to the runs and draws the charts", { timeout: 60_000 }, async () => {
  const name = "<img src=x onerror=alert(1)>";
  make(`page/${name}`, { settings: { lr: 0.1 }, swd: [1], sample: [9, 8] });
  make("page/plain", { settings: { lr: 0.2 }, swd: [2], sample: [9, 7] });
  const output = join(parent, "page/all.html");
  await compareRuns({ runs: [join(parent, "page")], output });
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage({ viewport: { width: 360, height: 800 } });
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => void (message.type() === "error" && problems.push(message.text())));
    page.on("dialog", (dialog) => void problems.push(dialog.message()));
    await page.goto(pathToFileURL(output).href);
    await page.locator("#chart-list canvas").first().waitFor();
    expect(await page.locator(".scroll tbody th").allTextContents()).toEqual([name, "plain"]);
    expect(await page.locator(".scroll tbody tr").first().locator("td").allTextContents()).toEqual(["swd 1.00", "10", "30 of 1000", "0.1"]);
    expect(await page.locator(".scroll thead th").allTextContents()).toEqual(["run", "best held-out metric", "at step", "steps", "lr"]);
    expect(await page.locator(".scroll tbody a").last().getAttribute("href")).toBe("plain/index.html");
    expect(await page.locator(".sample img").count()).toBe(1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(problems).toEqual([]);
  } finally {
    await browser.close();
  }
});

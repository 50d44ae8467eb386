import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { resultsPage } from "../../src/report/results-page.js";
import { writeReport } from "../../src/report/report.js";
import { servePage } from "../../src/report/serve/page-server.js";
import { serveRuns } from "../../src/report/serve/runs-server.js";
import type { PageServer } from "../../src/report/serve/page-server.js";
import { findChromium } from "../support/chromium.js";
import { addSample, logLine, makeRun, presentation, scratchFolder } from "./make-run.js";

const executablePath = findChromium();
const title = executablePath ? "in a browser" : "in a browser (skipped: no Chromium in PATH; CHROMIUM=<path> names one)";
const hostile = "<img src=x onerror=alert(1)>";

/** A page and everything that went wrong in it. */
interface Opened {
  readonly page: Page;
  readonly problems: string[];
}

describe.skipIf(!executablePath)(title, { timeout: 60_000 }, () => {
  const parent = scratchFolder();
  let browser: Browser;
  let server: PageServer | undefined;
  beforeAll(async () => {
    const { chromium } = await import("playwright-core");
    browser = await chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox", "--disable-gpu"] });
  }, 60_000);
  afterAll(() => browser.close());
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await server?.close();
    server = undefined;
  });

  function runOf(name: string, count = 20): string {
    const run = join(parent, name);
    makeRun(run, count);
    writeFileSync(join(run, "metrics.jsonl"), '{"step":100,"swd_A":0.4,"swd_B":0.2,"swd":0.3,"cycle_A":0.1,"cycle_B":0.2}\n');
    writeFileSync(join(run, "events.jsonl"), `${JSON.stringify({ step: 50, kind: hostile, message: hostile })}\n`);
    return run;
  }

  async function open(url: string, options: { width?: number; colorScheme?: "light" | "dark" } = {}): Promise<Opened> {
    const { width = 1100, colorScheme = "light" } = options;
    const page = await browser.newPage({ viewport: { width, height: 850 }, colorScheme });
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => void (message.type() === "error" && problems.push(message.text())));
    page.on("dialog", (dialog) => void problems.push(`dialog ${dialog.message()}`));
    await page.goto(url);
    await page.locator("#chart-list canvas").first().waitFor();
    return { page, problems };
  }

  async function serve(run: string): Promise<string> {
    server = await servePage({ presentation, run, host: "127.0.0.1", port: 0 });
    return server.url;
  }

  const textOf = async (page: Page, selector: string): Promise<string> => (await page.locator(selector).textContent()) ?? "";

  test("the page on the disk shows curves, sample, figures, metric and events, and runs nothing it was named", async () => {
    const run = runOf("<b>disk");
    await writeReport(run, presentation);
    const { page, problems } = await open(pathToFileURL(join(run, "index.html")).href);
    expect(await textOf(page, "h1")).toBe("<b>disk");
    expect(await textOf(page, "#standing")).toBe("step 200 of 1000 · epoch 3");
    expect(await page.locator("#figures .card").count()).toBe(6);
    expect(await page.locator("#figures").textContent()).toContain("Held-out distance0.300best 0.300 at step 100");
    expect(await textOf(page, "#event-list li")).toBe(`${hostile}step 50${hostile}`);
    expect(await page.locator("#chart-list canvas").count()).toBe(8);
    const size = await page.locator("#sample-image").evaluate((image: HTMLImageElement) => image.naturalWidth);
    expect(size).toBe(518);
    await page.locator("#sample-slider").press("Home");
    expect(await textOf(page, "#sample-step")).toBe("step 10");
    expect(await page.locator("#sample-link").getAttribute("href")).toBe("samples/step-000010.png");
    const order = await page.locator("#samples, #figures, #events, #charts").evaluateAll((parts) => parts.map(({ id }) => id));
    expect(order).toEqual(["samples", "figures", "events", "charts"]);
    expect(problems).toEqual([]);
  });

  test("the first two columns of a sample can be compared by a line that moves", async () => {
    const { page, problems } = await open(await serve(runOf("compare")));
    await page.getByText("Compare real A with fake B").click();
    const sizes = await page.locator(".wipe canvas").evaluateAll((canvases) => canvases.map((canvas) => [(canvas as HTMLCanvasElement).width, (canvas as HTMLCanvasElement).height]));
    expect(sizes).toEqual([[128, 258], [128, 258]]);
    const clip = (): Promise<string> => page.locator("#compare-after").evaluate((canvas) => getComputedStyle(canvas).clipPath);
    expect(await clip()).toBe("inset(0px 0px 0px 50%)");
    await page.locator("#compare-line").press("End");
    expect(await clip()).toBe("inset(0px 0px 0px 100%)");
    expect(problems).toEqual([]);
  });

  test("a stopped run says so on the disk, and a finished one that it is finished", async () => {
    for (const [name, count, words] of [["stopped", 20, "stopped early"], ["finished", 100, "finished"]] as const) {
      const run = runOf(name, count);
      await writeReport(run, presentation, { ended: true });
      const { page } = await open(pathToFileURL(join(run, "index.html")).href);
      expect(await textOf(page, "#standing")).toMatch(new RegExp(` · ${words}$`));
      expect(await page.locator("#figures").textContent()).toContain(`Time trained${count === 20 ? "50 s" : "4 min 10 s"}`);
    }
  });

  test("the runs of a folder are shown side by side, and lead to their pages", async () => {
    const folder = join(parent, "several");
    for (const name of ["one", "<b>two"]) makeRun(join(folder, name), 3);
    for (const name of ["one", "<b>two"]) writeFileSync(join(folder, name, "config.json"), JSON.stringify({ dataroot: "data" }));
    mkdirSync(join(folder, "broken"));
    writeFileSync(join(folder, "broken", "config.json"), "{");
    const { url, close } = await serveRuns(folder, { host: "127.0.0.1", port: 0 });
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("console", (message) => void (message.type() === "error" && problems.push(message.text())));
    await page.goto(url);
    expect(await page.locator("article").count()).toBe(3);
    expect(await page.locator("article", { hasText: "broken" }).textContent()).toMatch(/config\.json: expected/);
    const loaded = await page.locator("article img").evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth));
    expect(loaded).toEqual([518, 518]);
    expect(await page.locator("article", { hasText: "one" }).textContent()).toContain("step 30 of 1000 · epoch 1 · running");
    await page.getByRole("link", { name: "<b>two" }).click();
    await page.getByText("step 30 of 1000").waitFor();
    expect(await page.locator("#sample-image").evaluate((image: HTMLImageElement) => image.complete)).toBe(true);
    expect((await fetch(`${url}none/`)).status).toBe(404);
    expect((await fetch(`${url}one`)).url).toBe(`${url}one/`);
    expect((await fetch(`${url}%2e%2e/config.json`)).status).toBe(404);
    expect(problems).toEqual([]);
    await close();
  });

  test("the page of results has a line to move between an image and its translation", async () => {
    const folder = runOf("results");
    writeFileSync(join(folder, "index.html"), resultsPage(join(folder, "index.html"), "results", [
      { from: "A", to: "B", images: [{ from: join(folder, "samples", "step-000010.png"), to: join(folder, "samples", "step-000200.png") }] },
    ]));
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("console", (message) => void (message.type() === "error" && problems.push(message.text())));
    await page.goto(pathToFileURL(join(folder, "index.html")).href);
    await page.getByText("Compare", { exact: true }).click();
    await page.locator(".wipe input").press("Home");
    expect(await page.locator(".wipe .after").evaluate((image) => getComputedStyle(image).clipPath)).toBe("inset(0px 0px 0px 0%)");
    expect(problems).toEqual([]);
  });

  test("a served page follows the training without a reload", async () => {
    const run = runOf("live");
    const { page, problems } = await open(await serve(run));
    await page.evaluate(() => document.body.setAttribute("data-loaded-once", ""));
    appendFileSync(join(run, "log.jsonl"), logLine(210));
    addSample(run, 210);
    await page.getByText("step 210 of 1000 · epoch 3 · running").waitFor();
    expect(await textOf(page, "#sample-step")).toBe("step 210");
    await page.locator("#sample-slider").press("Home");
    appendFileSync(join(run, "log.jsonl"), logLine(220));
    addSample(run, 220);
    await page.getByText("step 220 of 1000").waitFor();
    expect(await textOf(page, "#sample-step")).toBe("step 10");
    await page.reload();
    expect(await textOf(page, "#sample-step")).toBe("step 10");
    await page.locator("#sample-newest").click();
    expect(await textOf(page, "#sample-step")).toBe("step 220");
    expect(problems).toEqual([]);
  });

  test("a zoom stays while the run goes on, also through a reload; a double click ends it", async () => {
    const run = runOf("zoom", 50);
    const { page, problems } = await open(await serve(run));
    const over = page.locator("#chart-list .u-over").nth(2);
    const { x, y, width } = (await over.scrollIntoViewIfNeeded(), (await over.boundingBox())!);
    const zoomed = async (): Promise<unknown> =>
      page.evaluate(() => JSON.parse(sessionStorage.getItem(`cyclegan ${location.pathname}`) ?? "{}").zoom);
    await page.mouse.move(x + width * 0.25, y + 50);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.5, y + 60, { steps: 4 });
    await page.mouse.up();
    const zoom = await zoomed();
    expect(zoom).toEqual([expect.closeTo(10 + 490 * 0.25, -1), expect.closeTo(10 + 490 * 0.5, -1)]);
    appendFileSync(join(run, "log.jsonl"), logLine(510));
    await page.getByText("step 510 of 1000").waitFor();
    await page.reload();
    expect(await zoomed()).toEqual(zoom);
    await page.locator("#zoom-all").waitFor();
    await page.locator("#chart-list .u-over").nth(2).dblclick();
    await page.locator("#zoom-all").waitFor({ state: "hidden" });
    expect(problems).toEqual([]);
  });

  test("a run that is replaced is shown anew, and the end of its training is told", async () => {
    const run = runOf("replaced");
    const { page, problems } = await open(await serve(run));
    rmSync(run, { recursive: true });
    makeRun(run, 2);
    await page.getByText("step 20 of 1000").waitFor();
    await server!.close();
    server = undefined;
    await page.getByText("The training has ended").waitFor();
    expect(problems.filter((problem) => !problem.includes("500"))).toEqual([]);
  });

  test.each(["light", "dark"] as const)("fits a phone, %s", async (colorScheme) => {
    const run = runOf(`phone-${colorScheme}`);
    const { page, problems } = await open(await serve(run), { width: 390, colorScheme });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(background).toBe(colorScheme === "dark" ? "rgb(20, 21, 23)" : "rgb(246, 246, 244)");
    expect(problems).toEqual([]);
  });
});

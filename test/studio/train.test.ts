import { readdirSync, readFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { readLines } from "../../src/io/json-lines.js";
import { train } from "../../src/training/train.js";
import { convertWeights } from "../../src/weights/convert.js";
import { makeImages } from "../cli/make-images.js";
import { cyclegan } from "../cli/run-command.js";
import { scratchFolder } from "../report/make-run.js";
import { violations } from "../support/axe.js";
import { executablePath, title } from "../support/browser.js";
import { mainThreadTasks } from "../support/main-thread.js";
import { compressedBytes, pathsOf, putBefore, useStudio, type OpenedPage, type OpenOptions } from "../support/studio.js";

const folder = scratchFolder();
const photos = join(folder, "photos");

/** A training of 12 steps on crops of 32×32 pixels. */
const settings = {
  loadSize: 36,
  cropSize: 32,
  ngf: 8,
  ndf: 8,
  nBlocks: 1,
  netD: "n_layers",
  nLayersD: 1,
  nEpochs: 4,
  nEpochsDecay: 0,
  maxSteps: 12,
  printFreq: 1,
  displayFreq: 4,
  saveLatestFreq: 2,
  evalFreq: 6,
  evalImages: 2,
} as const;

/** The functions of test/studio/worker-harness.ts, in the page. */
interface Harness {
  start(name: string, settings: object, images: Record<"A" | "B", { name: string; bytes: number[] }[]>): Promise<void>;
  resume(name: string): Promise<void>;
  /** The step up to which a run is kept. */
  keptStep(name: string): Promise<number>;
  /** The SHA-256 of each file of the open run, by path. */
  digests(): Promise<Record<string, string>>;
  text(path: string): Promise<string>;
}
declare const harness: Harness;

describe.skipIf(!executablePath)(title, { timeout: 600_000 }, () => {
  const studio = useStudio();
  let harnessScript: string;
  beforeAll(async () => {
    makeImages(join(photos, "A"), 4, 40, 36);
    makeImages(join(photos, "B"), 3, 36, 44);
    const entry = join(import.meta.dirname, "worker-harness.ts");
    const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: "iife", logOverride: { "empty-import-meta": "silent" } });
    harnessScript = outputFiles[0]!.text;
  }, 120_000);

  async function open(options: OpenOptions = {}, path = "train.html"): Promise<OpenedPage> {
    const opened = await studio.open(path, options);
    opened.page.setDefaultTimeout(180_000);
    return opened;
  }

  /** A page with the worker alone. */
  async function openHarness(): Promise<Page> {
    // The Translate page starts no trainer of its own.
    const { page } = await open({}, "index.html");
    await page.evaluate(harnessScript);
    return page;
  }

  const imagesOf = (domain: "A" | "B"): { name: string; bytes: number[] }[] =>
    readdirSync(join(photos, domain)).map((name) => ({ name, bytes: [...readFileSync(join(photos, domain, name))] }));
  const images = (): Record<"A" | "B", { name: string; bytes: number[] }[]> => ({ A: imagesOf("A"), B: imagesOf("B") });

  /** A run of the command that was interrupted after step 4 of 12, with its pictures. */
  async function interruptedRun(place: string): Promise<void> {
    const stop = new AbortController();
    const config = { ...settings, name: "tiny", runsDir: join(place, "runs"), a: join(photos, "A"), b: join(photos, "B"), numThreads: 0 };
    // The step after that is the last.
    await train(config, { signal: stop.signal, onProgress: ({ step }) => void (step === 3 && stop.abort()) });
    for (const domain of ["A", "B"] as const) {
      mkdirSync(join(place, "photos", domain), { recursive: true });
      for (const { name, bytes } of imagesOf(domain)) writeFileSync(join(place, "photos", domain, name), Uint8Array.from(bytes));
    }
  }

  async function unpack(archive: string, into: string): Promise<void> {
    const { Uint8ArrayReader, Uint8ArrayWriter, ZipReader } = await import("@zip.js/zip.js/index-native.js");
    const reader = new ZipReader(new Uint8ArrayReader(new Uint8Array(readFileSync(archive))), { useWebWorkers: false });
    for (const entry of await reader.getEntries()) {
      if (entry.directory) continue;
      mkdirSync(dirname(join(into, entry.filename)), { recursive: true });
      writeFileSync(join(into, entry.filename), await entry.getData(new Uint8ArrayWriter()));
    }
  }

  test("a training that a reload interrupts continues to the same bits, and its first step is that of the command", async () => {
    const page = await openHarness();
    await page.evaluate(([given, files]) => harness.start("straight", given, files), [settings, images()] as const);
    const straight = await page.evaluate(() => harness.digests());
    const log = await page.evaluate(() => harness.text("runs/straight/log.jsonl"));
    void page.evaluate(([given, files]) => harness.start("broken", given, files), [settings, images()] as const).catch(() => {});
    await expect.poll(() => page.evaluate(() => harness.keptStep("broken")), { timeout: 180_000 }).toBeGreaterThanOrEqual(3);
    await page.reload();
    await page.evaluate(harnessScript);
    await page.evaluate(() => harness.resume("broken"));
    const broken = await page.evaluate(() => harness.digests());
    const checkpoint = (digests: Record<string, string>, run: string): [string, string][] =>
      Object.entries(digests).filter(([path]) => path.startsWith(`runs/${run}/checkpoints/step-00000012/`) && path.endsWith(".safetensors")).map(([path, digest]) => [path.split("/").at(-1)!, digest]);
    expect(checkpoint(broken, "broken")).toEqual(checkpoint(straight, "straight"));
    expect(checkpoint(broken, "broken").length).toBeGreaterThan(4);
    expect(await page.evaluate(() => harness.text("runs/broken/events.jsonl"))).toMatch(/resumed after step \d/);

    const place = join(folder, "first-step");
    await interruptedRun(place);
    const [theirs] = readLines(join(place, "runs", "tiny", "log.jsonl"));
    const ours = JSON.parse(log.split("\n")[0]!);
    // The losses are means of up to 3072 numbers after a dozen layers. Adapters add in other orders: some tens of roundings of 2^-24.
    for (const loss of ["D_A", "G_A", "cycle_A", "idt_A", "D_B", "G_B", "cycle_B", "idt_B"]) {
      expect(Math.abs(ours[loss] / Number(theirs![loss]) - 1)).toBeLessThan(1e-4);
    }
  });

  test("a run of the command goes on in the browser, and one of the browser goes on with the command", async () => {
    const place = join(folder, "shared");
    await interruptedRun(place);
    const { page, problems } = await open();
    await page.locator(".buttons input[webkitdirectory]").last().setInputFiles(place);
    await page.getByText("Paused.").waitFor();
    await page.getByText("step 4 of 12").waitFor();
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByText("Trained to its end.").waitFor();
    await page.getByText("step 12 of 12").waitFor();
    expect(await page.locator("#sample-image").evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth))).toBeGreaterThan(300);
    await page.getByText("resumed after step 4").waitFor();

    for (const kind of [".safetensors", ".pth", ".onnx"]) {
      const weights = page.waitForEvent("download");
      await page.getByRole("button", { name: `Save generator A to B as ${kind}` }).click();
      await (await weights).saveAs(join(folder, `G_A${kind}`));
    }
    // All three are the same generator: the command makes the same ONNX of the other two.
    for (const kind of [".safetensors", ".pth"]) {
      const to = join(folder, `from${kind}.onnx`);
      await convertWeights({ from: join(folder, `G_A${kind}`), to });
      expect(readFileSync(to).equals(readFileSync(join(folder, "G_A.onnx"))), kind).toBe(true);
    }
    const zip = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save the whole run (zip)" }).click();
    expect((await zip).suggestedFilename()).toBe("tiny.zip");
    await (await zip).saveAs(join(folder, "tiny.zip"));
    const back = join(folder, "back");
    await unpack(join(folder, "tiny.zip"), back);
    const { code, stderr } = await cyclegan(back, "train", "--resume", "runs/tiny", "--n-epochs", "5", "--max-steps", "14");
    expect([code, stderr]).toEqual([0, expect.stringContaining("Resumed after step 12.")]);
    expect(readLines(join(back, "runs/tiny/log.jsonl")).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);

    await page.getByRole("button", { name: "All runs" }).click();
    await page.locator('input[accept=".zip"]').setInputFiles(join(folder, "tiny.zip"));
    await page.getByRole("heading", { level: 1, name: "tiny-2" }).waitFor();
    await page.getByText("step 12 of 12").waitFor();
    await page.getByRole("button", { name: "Translate with it: generator B to A" }).click();
    await page.getByText("tiny-2_G_B.safetensors").waitFor();
    await page.getByText("a ResNet generator of 1 block").waitFor();
    expect(problems).toEqual([]);
  });

  test("no task of the page takes 50 ms of the processor while it trains, shows samples, measures and saves", async () => {
    const place = join(folder, "responsive");
    await interruptedRun(place);
    const { page } = await open();
    await page.locator(".buttons input[webkitdirectory]").last().setInputFiles(place);
    await page.getByText("step 4 of 12").waitFor();
    const tasks = await mainThreadTasks(page, async () => {
      await page.getByRole("button", { name: "Go on" }).click();
      await page.getByText("Trained to its end.").waitFor();
      await page.getByText("step 12 of 12").waitFor();
      await expect.poll(() => page.locator(".uplot").count()).toBeGreaterThan(5);
    });
    expect(tasks.length).toBeGreaterThan(100);
    expect(Math.max(...tasks)).toBeLessThan(50);
  });

  test("after the device was lost, the run goes on with another one", async () => {
    const { page } = await open();
    // The first device of the worker is lost after a few steps.
    const losing = `{
      const request = GPUAdapter.prototype.requestDevice;
      let devices = 0;
      GPUAdapter.prototype.requestDevice = async function (...options) {
        const device = await request.apply(this, options);
        // The first one only finds out what presets need.
        if (devices++ === 1) setTimeout(() => device.destroy(), 6000);
        return device;
      };
    }`;
    await putBefore(page, "trainer.js", losing);
    await page.reload();
    await page.getByText("of GPU memory").first().waitFor();
    await page.locator(".domain input").first().setInputFiles(join(photos, "A"));
    await page.locator(".domain input").last().setInputFiles(join(photos, "B"));
    await page.getByRole("button", { name: "Start training" }).click();
    await page.getByText("The training has stopped.").waitFor();
    expect(await page.getByRole("alert").textContent()).toMatch(/^device: /);
    await page.unroute("**/trainer.js");
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByText(/Training: step [1-9]/).waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  test("two folders are trained on, a reload shows the run, it goes on, is stopped with the keyboard, and removed", async () => {
    const { page, problems } = await open();
    await page.evaluate(() => (GPU.prototype.requestAdapter = () => Promise.reject(new Error("the page itself asked for the GPU"))));
    await page.locator(".domain input").first().setInputFiles(join(photos, "A"));
    await page.getByText("A: 4 pictures").waitFor();
    expect(await page.getByRole("button", { name: "Start training" }).isDisabled()).toBe(true);
    await page.locator(".domain input").last().setInputFiles(join(photos, "B"));
    await page.getByRole("button", { name: "Start training" }).click();
    await page.getByText(/Training: step [1-9]/).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText(/Paused at step/).waitFor();
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "quick" }).waitFor();
    const focused = (): Promise<string | undefined> => page.evaluate(() => document.activeElement?.textContent?.trim());
    await page.getByRole("button", { name: "Go on" }).press("Enter");
    await page.getByText(/Training: step/).waitFor();
    expect(await focused()).toBe("Pause");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Stop");
    await page.keyboard.press("Enter");
    await page.getByText(/Stopped at step/).waitFor();
    expect([await focused(), await violations(page)]).toEqual(["All runs", []]);
    await page.keyboard.press("Enter");
    await page.getByText(/CycleGAN · stopped at step \d+ of 2000/).waitFor();
    await page.getByRole("button", { name: "Open quick" }).click();
    await page.getByText("Stopped.").waitFor();
    await page.getByRole("button", { name: "Go on" }).waitFor();
    await page.getByRole("button", { name: "All runs" }).click();
    page.on("dialog", (dialog) => void dialog.accept());
    await page.getByRole("button", { name: "Remove quick" }).click();
    await page.getByText("None yet.").waitFor();
    expect(problems).toEqual([]);
  });

  test.for(["light", "dark"] as const)("on a phone, %s: fits 360 pixels, and axe finds nothing, before a run and in one", async (colorScheme) => {
    const { page, problems } = await open({ width: 360, colorScheme });
    expect(await violations(page)).toEqual([]);
    const place = join(folder, colorScheme);
    await interruptedRun(place);
    await page.locator(".buttons input[webkitdirectory]").last().setInputFiles(place);
    await page.getByText("step 4 of 12").waitFor();
    await page.getByText(".onnx").first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await violations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  test("a stop at once, while pictures are still stored, ends the training", async () => {
    const { page } = await open();
    await page.locator(".domain input").first().setInputFiles(join(photos, "A"));
    await page.locator(".domain input").last().setInputFiles(join(photos, "B"));
    await page.getByRole("button", { name: "Start training" }).click();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText(/Stopped at step \d+ of 2000\./).waitFor({ timeout: 60_000 });
  });

  test("a run that was left can be opened in another tab", async () => {
    const { page } = await open();
    const place = join(folder, "tabs");
    await interruptedRun(place);
    await page.locator(".buttons input[webkitdirectory]").last().setInputFiles(place);
    await page.getByText("step 4 of 12").waitFor();
    await page.getByRole("button", { name: "All runs" }).click();
    await page.getByRole("button", { name: "Open tiny" }).waitFor();
    const other = await page.context().newPage();
    await other.goto(`${studio.url}train.html`);
    await other.getByRole("button", { name: "Open tiny" }).click();
    // A run that is still open elsewhere is waited for, for 20 seconds.
    await other.getByRole("heading", { level: 1, name: "tiny" }).waitFor({ timeout: 15_000 });
  });

  test("files that are no run are named, and no run is made", async () => {
    const { page } = await open();
    writeFileSync(join(folder, "other.zip"), "no archive");
    await page.locator('input[accept=".zip"]').setInputFiles(join(folder, "other.zip"));
    await page.getByText("other.zip: expected a zip archive").waitFor();
    await page.getByText("None yet.").waitFor();
  });

  test("the first load is at most 300 kB, compressed, and only this page loads the worker that trains", async () => {
    const { page, answers } = await open();
    await page.getByText("of GPU memory").first().waitFor();
    expect(pathsOf(answers)).toEqual(expect.arrayContaining(["/train.html", "/studio.css", "/train.js", "/trainer.js"]));
    expect(pathsOf(answers)).not.toContain("/translator.js");
    expect(await compressedBytes(answers)).toBeLessThan(300_000);
    const other = await open({}, "index.html");
    await other.page.waitForLoadState("networkidle");
    expect(pathsOf(other.answers)).not.toContain("/trainer.js");
  });
});

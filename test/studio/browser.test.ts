import { readFileSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Download, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { decodeImage } from "../../src/data/decode.js";
import { writeSafetensors } from "../../src/io/safetensors.js";
import { resnetGenerator } from "../../src/models/networks/resnet.js";
import { headerPages } from "../../src/studio/pages.js";
import { cyclegan } from "../cli/run-command.js";
import { makeImages } from "../cli/make-images.js";
import { scratchFolder } from "../report/make-run.js";
import { violations } from "../support/axe.js";
import { browserArguments, executablePath, title } from "../support/browser.js";
import { randomWeights } from "../support/random-weights.js";
import { compressedBytes, pathsOf, putBefore, useStudio, type OpenedPage, type OpenOptions } from "../support/studio.js";

const folder = scratchFolder();
const weights = join(folder, "generator.safetensors");
const photos = join(folder, "photos");

/** Writes a small generator with weights from a seed, so that its translations are no single colour. */
function writeWeights(): void {
  const generator = resnetGenerator({ inputNc: 3, outputNc: 3, ngf: 4, nBlocks: 1, norm: "instance", upsample: "conv-transpose" });
  writeFileSync(weights, writeSafetensors(new Map(randomWeights(generator))));
}

describe.skipIf(!executablePath)(title, { timeout: 180_000 }, () => {
  const studio = useStudio([...browserArguments, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]);
  beforeAll(async () => {
    writeWeights();
    makeImages(photos, 2, 40, 24);
    mkdirSync(join(photos, "more"));
    makeImages(join(photos, "more"), 1, 32, 32);
    writeFileSync(join(photos, "notes.txt"), "no picture");
  }, 60_000);

  // Which generators the package ships changes.
  const shipNothing = (page: Page): Promise<unknown> => page.route("**/generators.json", (route) => route.fulfill({ json: [] }));
  const open = (options: OpenOptions = {}): Promise<OpenedPage> => studio.open("", { prepare: shipNothing, ...options });

  const chooseWeights = (page: Page): Promise<void> => page.locator('input[accept*=".pth"]').setInputFiles(weights);
  const chooseFolder = (page: Page): Promise<void> => page.locator("input[webkitdirectory]").setInputFiles(photos);
  const choosePictures = (page: Page, ...names: string[]): Promise<void> =>
    page.locator('input[accept="image/*"]').setInputFiles(names.map((name) => join(photos, name)));

  async function bytesOf(download: Download, name: string): Promise<string> {
    const path = join(folder, name);
    await download.saveAs(path);
    return path;
  }

  /** Saves the translation of a picture, and compares it with that of the command. */
  async function expectAsTheCommand(page: Page, name: string, input: string, size: readonly [number, number], ...options: string[]): Promise<void> {
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: `Save the translation of ${name}` }).click();
    expect((await saved).suggestedFilename()).toBe(basename(input));
    const ours = await decodeImage(await bytesOf(await saved, "browser.png"), 3);
    const { code, stderr } = await cyclegan(folder, "translate", "--model", weights, "--input", input, "--output", "command.png", "--overwrite", ...options);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    const theirs = await decodeImage(join(folder, "command.png"), 3);
    expect([ours.width, ours.height]).toEqual(size);
    // Another adapter adds in another order, which moves an output by some 1e-5 of a step of 2 / 255. So a value can only fall
    // on the other side of a rounding, one step away.
    const furthest = ours.data.reduce((most, value, index) => Math.max(most, Math.abs(value - theirs.data[index]!)), 0);
    expect(furthest).toBeLessThanOrEqual(1);
    expect(new Set(ours.data).size).toBeGreaterThan(20);
  }

  test("a folder is translated as the command translates it, beside the originals, and saved one by one or as a zip", async () => {
    const { page, problems } = await open();
    await chooseWeights(page);
    await page.getByText("a ResNet generator of 1 block").waitFor();
    await chooseFolder(page);
    await page.getByText("3 of 3 pictures translated.").waitFor({ timeout: 120_000 });
    await page.getByText("1 file was not used").click();
    expect(await page.locator(".skipped li").allTextContents()).toEqual(["photos/notes.txt: it is neither a picture nor a file of weights"]);
    await expectAsTheCommand(page, "photos/1.png", join(photos, "1.png"), [40, 24]);
    const zipped = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save all 3 (zip)" }).click();
    const { Uint8ArrayReader, ZipReader } = await import("@zip.js/zip.js/index-native.js");
    const archive = new ZipReader(new Uint8ArrayReader(new Uint8Array(readFileSync(await bytesOf(await zipped, "all.zip")))), { useWebWorkers: false });
    expect((await archive.getEntries()).map(({ filename }) => filename)).toEqual(["photos/0.png", "photos/1.png", "photos/more/0.png"]);
    expect(problems).toEqual([]);
  });

  test("a large picture is made smaller, or keeps its size", async () => {
    const { page, problems } = await open();
    makeImages(join(folder, "large"), 1, 300, 280);
    await page.getByText("Size and memory").click();
    await page.getByLabel("Shorter side").selectOption("Up to 256 pixels");
    await chooseWeights(page);
    await page.locator('input[accept="image/*"]').setInputFiles(join(folder, "large", "0.png"));
    await page.getByText("274×256 · ").waitFor({ timeout: 120_000 });
    await page.getByLabel("Shorter side").selectOption("As large as the picture");
    await page.getByText("300×280 · ").waitFor({ timeout: 120_000 });
    expect(problems).toEqual([]);
  });

  test("a picture that needs more memory than is allowed is translated in tiles, as the command does it", async () => {
    // The least that the page offers allows pictures of a million pixels, so the worker is told less: each request has settings.
    const less = "addEventListener('message', ({ data }) => data.argumentList?.forEach(({ value }) => { if (value?.memory) value.memory = 6e6; }));";
    const { page, problems } = await open();
    await putBefore(page, "translator.js", less);
    await page.reload();
    makeImages(join(folder, "tiles"), 1, 300, 280);
    await chooseWeights(page);
    await page.locator('input[accept="image/*"]').setInputFiles(join(folder, "tiles", "0.png"));
    await page.getByText(/^translating, \d+ % of its tiles$/).waitFor({ timeout: 120_000 });
    await page.getByText("1 of 1 picture translated.").waitFor({ timeout: 120_000 });
    await expectAsTheCommand(page, "0.png", join(folder, "tiles", "0.png"), [300, 280], "--tile", "128");
    expect(problems).toEqual([]);
  });

  test("drop of weights and a picture at once, then the line between them by the keyboard", async () => {
    const { page, problems } = await open();
    const files = [weights, join(photos, "0.png")].map((path) => ({ name: path.split("/").at(-1), bytes: [...readFileSync(path)] }));
    await page.evaluate((given) => {
      const dataTransfer = new DataTransfer();
      for (const { name, bytes } of given) dataTransfer.items.add(new File([Uint8Array.from(bytes)], name!));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    }, files);
    await page.getByText("1 of 1 picture translated.").waitFor({ timeout: 120_000 });
    const line = page.getByRole("slider", { name: "Line between the original and the translation of 0.png" });
    await line.press("End");
    expect(await page.locator(".wipe .after").evaluate((image) => getComputedStyle(image).clipPath)).toBe("inset(0px 0px 0px 100%)");
    expect(problems).toEqual([]);
  });

  test("everything is reached with the keyboard alone", async () => {
    const { page, problems } = await open();
    // While there is a listener, playwright answers the dialogs. It takes a moment to begin.
    page.on("filechooser", () => {});
    await page.route("**/generators.json", (route) => route.fulfill({ json: [] }));
    await page.reload();
    const tab = async (): Promise<string> => {
      await page.keyboard.press("Tab");
      return page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
    };
    const pick = async (path: string): Promise<void> => {
      const chooser = page.waitForEvent("filechooser");
      await page.keyboard.press("Enter");
      await (await chooser).setFiles(path);
    };
    for (const name of ["CycleGAN studio", ...headerPages.map(({ name }) => name), "Choose weights"]) expect(await tab()).toBe(name);
    await pick(weights);
    await page.getByText("a ResNet generator of 1 block").waitFor();
    expect(await tab()).toBe("Choose pictures");
    await pick(join(photos, "0.png"));
    await page.getByText("1 of 1 picture translated.").waitFor({ timeout: 120_000 });
    expect([await tab(), await tab(), await tab()]).toEqual(["Choose a folder", "Use the camera", "Size and memory"]);
    await page.keyboard.press("Enter");
    await page.getByLabel("Shorter side").waitFor();
    expect(problems).toEqual([]);
  });

  test("weights and pictures that cannot be read are named, and nothing else suffers", async () => {
    const { page, problems } = await open();
    writeFileSync(join(photos, "broken.png"), "no picture");
    const bad = join(folder, "bad.safetensors");
    writeFileSync(bad, "no weights");
    await page.locator('input[accept*=".pth"]').setInputFiles(bad);
    expect(await page.getByRole("alert").textContent()).toMatch(/^bad\.safetensors: expected /);
    await chooseWeights(page);
    await choosePictures(page, "broken.png", "0.png");
    await page.getByText("1 of 2 pictures translated, 1 failed.").waitFor({ timeout: 120_000 });
    expect(await page.locator(".picture .problem").textContent()).toBe(
      "broken.png: expected a picture that this browser can read, got a damaged file or another format. Use PNG or JPEG.",
    );
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test("a generator that is hosted beside the page is offered, and its absence is said", async () => {
    const { page } = await open();
    const files = [{ direction: "AtoB", title: "Small to large", path: "generators/small/AtoB.safetensors" }];
    await page.route("**/generators.json", (route) => route.fulfill({ json: [{ name: "small", size: 64, files }] }));
    await page.reload();
    const button = page.getByRole("button", { name: "Small to large" });
    await button.click();
    await page.getByText("generators/small/AtoB.safetensors: expected a file of weights, got status 404 from the server.").waitFor();
    await page.route("**/AtoB.safetensors", (route) => route.fulfill({ path: weights }));
    await button.click();
    await page.getByText("a ResNet generator of 1 block").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  test("the camera is translated live, with its rate, and stops", async () => {
    const { page, problems } = await open();
    await chooseWeights(page);
    await page.getByRole("button", { name: "Use the camera" }).click();
    await page.locator(".live").waitFor();
    await page.locator(".card .bar select").selectOption("64 pixels");
    await page.getByText(/\d frames per second/).waitFor({ timeout: 120_000 });
    await page.getByRole("button", { name: "Stop the camera" }).click();
    expect(await page.locator(".live").count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test.for(["light", "dark"] as const)("on a phone, %s: fits 360 pixels, and axe finds nothing, empty or with translations", async (colorScheme) => {
    const { page, problems } = await open({ width: 360, colorScheme });
    expect(await violations(page)).toEqual([]);
    await chooseWeights(page);
    await choosePictures(page, "0.png", "1.png");
    await page.getByText("2 of 2 pictures translated.").waitFor({ timeout: 120_000 });
    await page.getByText("Size and memory").click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await violations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  test("a browser without WebGPU is told which have it", async () => {
    const { page } = await open({ script: "delete Navigator.prototype.gpu" });
    expect(await page.getByRole("alert").textContent()).toContain("Chrome or Edge 113 or newer");
    expect(await violations(page)).toEqual([]);
  });

  test("an adapter that is not there is named, with a way to try again", async () => {
    const { page } = await open();
    await putBefore(page, "translator.js", "GPU.prototype.requestAdapter = async () => null;");
    await page.reload();
    await page.getByText("expected a WebGPU adapter, got none").waitFor();
    await page.unroute("**/translator.js");
    await page.getByRole("button", { name: "Open the GPU again" }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
  });

  test("the first load is at most 300 kB, compressed, and the page's own policy has no unsafe source", async () => {
    const { page, answers } = await open();
    await page.waitForLoadState("networkidle");
    expect(pathsOf(answers)).toEqual(expect.arrayContaining(["/", "/studio.css", "/icon.svg", "/translate.js", "/generators.json", "/translator.js"]));
    // 199 kB, of which the kernels' texts are 54. The workers of all pages share the engine.
    expect(await compressedBytes(answers)).toBeLessThan(300_000);
    const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
  });
});

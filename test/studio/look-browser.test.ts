import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { decodeImage } from "../../src/data/decode.js";
import { writeSafetensors } from "../../src/io/safetensors.js";
import { dcganGenerator } from "../../src/models/networks/dcgan.js";
import { discriminator } from "../../src/models/networks/patch-gan.js";
import { resnetGenerator } from "../../src/models/networks/resnet.js";
import { headerPages } from "../../src/studio/pages.js";
import { cyclegan } from "../cli/run-command.js";
import { makeImages } from "../cli/make-images.js";
import { scratchFolder } from "../report/make-run.js";
import { violations } from "../support/axe.js";
import { executablePath, title } from "../support/browser.js";
import { randomWeights } from "../support/random-weights.js";
import { compressedBytes, pathsOf, useStudio, type OpenedPage, type OpenOptions } from "../support/studio.js";

const folder = scratchFolder();
const photos = join(folder, "photos");
const files = { networks: join(folder, "networks.safetensors"), noise: join(folder, "noise.safetensors") };

function writeWeights(): void {
  const generator = resnetGenerator({ inputNc: 3, outputNc: 3, ngf: 4, nBlocks: 1, norm: "instance", upsample: "conv-transpose" });
  const pairs = discriminator({ inputNc: 6, ndf: 4, netD: "basic", nLayersD: 3, norm: "instance" });
  writeFileSync(files.networks, writeSafetensors(new Map([...randomWeights(generator, "G_A."), ...randomWeights(pairs, "D.")])));
  writeFileSync(files.noise, writeSafetensors(new Map(randomWeights(dcganGenerator({ nc: 3, imageSize: 16, nz: 4, ngf: 4 })))));
}

describe.skipIf(!executablePath)(title, { timeout: 180_000 }, () => {
  const studio = useStudio();
  beforeAll(async () => {
    writeWeights();
    makeImages(photos, 3, 40, 24);
    writeFileSync(join(photos, "broken.png"), "no picture");
  }, 60_000);

  const open = (options: OpenOptions = {}): Promise<OpenedPage> => studio.open("look.html", options);

  const chooseWeights = (page: Page, path: string): Promise<void> => page.locator('input[accept*=".pth"]').setInputFiles(path);
  const choosePictures = (page: Page, ...names: string[]): Promise<void> =>
    page.locator('input[accept="image/*"]').setInputFiles(names.map((name) => join(photos, name)));
  const list = (page: Page, name: string) => page.getByRole("combobox", { name });
  const captions = (page: Page): Promise<string[]> => page.locator(".features figcaption").allTextContents();

  async function smallest(page: Page): Promise<void> {
    await page.getByText("Channels and size").click();
    await list(page, "Size of pictures").selectOption("64×64 pixels");
  }

  test("the channels of a layer are shown with what activates them, and again for another layer, way and network", async () => {
    const { page, problems } = await open();
    await chooseWeights(page, files.networks);
    await page.getByText("a ResNet generator of 1 block").waitFor();
    await smallest(page);
    await choosePictures(page, "0.png", "1.png", "broken.png");
    await page.getByText("8 channels found.").waitFor({ timeout: 120_000 });
    const first = await captions(page);
    expect(first.length).toBe(8);
    for (const caption of first) expect(caption).toMatch(/^\s*channel \d+ · up to [\d.]+ · (0\.png, 1\.png|1\.png, 0\.png)\s*$/);
    // Both pictures of a channel have been decoded, and are not of one colour.
    await expect.poll(() => page.locator(".feature img").evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth > 90))).toEqual(Array(16).fill(true));
    await page.getByText("out of 2 images, one of each").waitFor();
    await page.getByText("1 file was not used").click();
    expect(await page.locator(".skipped li").textContent()).toMatch(/^broken\.png: broken\.png: expected a picture/);

    await list(page, "Back to the pixels").selectOption("by guided back-propagation");
    await page.getByText("by guided back-propagation. Gray means nothing").waitFor({ timeout: 120_000 });
    await list(page, "Layer").selectOption({ index: 0 });
    await page.getByText("4 channels found.").waitFor({ timeout: 120_000 });
    await page.getByText("sees 7×7 pixels").waitFor();
    await list(page, "Network").selectOption("D");
    await page.getByText("The network sees pairs").waitFor();
    await page.getByText("8 channels found.").waitFor({ timeout: 120_000 });
    expect(problems).toEqual([]);
  });

  test("several layers are looked into at once, and saved as the picture that the command writes", async () => {
    const { page, problems } = await open();
    await chooseWeights(page, files.networks);
    await page.getByText("a ResNet generator of 1 block").waitFor();
    await smallest(page);
    await list(page, "Channels").selectOption("the 4 most active");
    const layers = (await list(page, "Layer").locator("option").count()) - 1;
    await list(page, "Layer").selectOption(`all ${layers} layers`);
    await choosePictures(page, "0.png", "1.png");
    await page.getByText(/^\d+ channels found\.$/).waitFor({ timeout: 120_000 });
    expect(await page.locator(".features").count()).toBe(layers);
    expect(layers).toBeGreaterThan(5);
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save as one picture" }).click();
    expect((await saved).suggestedFilename()).toBe("look.png");
    await (await saved).saveAs(join(folder, "look.png"));
    const inputs = [join(photos, "0.png"), join(photos, "1.png")];
    const options = ["--network", "G_A", "--crop-size", "64", "--count", "4", "--output", "command.html"];
    const { code, stderr } = await cyclegan(folder, "look", "--model", files.networks, "--input", ...inputs, ...options);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    const [ours, theirs] = await Promise.all(["look.png", "command.png"].map((name) => decodeImage(join(folder, name), 3)));
    expect([ours!.width, ours!.height]).toEqual([theirs!.width, theirs!.height]);
    // Adapters add in other orders, which moves a projection by some 1e-5 of its largest value: at most to the next of its 255 steps.
    const furthest = ours!.data.reduce((most, value, index) => Math.max(most, Math.abs(value - theirs!.data[index]!)), 0);
    expect(furthest).toBeLessThanOrEqual(1);
    expect(new Set(ours!.data).size).toBeGreaterThan(20);
    expect(problems).toEqual([]);
  });

  test("a generator of images from noise is refused with the reason, and the network before it stays", async () => {
    const { page, problems } = await open();
    await chooseWeights(page, files.networks);
    await page.getByText("a ResNet generator of 1 block").waitFor();
    await chooseWeights(page, files.noise);
    const reason = "Its input is noise, so there are no images to which it responds.";
    await page.getByRole("alert").getByText(reason).waitFor();
    await page.getByText("a ResNet generator of 1 block").waitFor();
    expect(problems).toEqual([]);
  });

  test("everything is reached with the keyboard alone, and a look stops", async () => {
    const { page, problems } = await open();
    page.on("filechooser", () => {});
    await page.route("**/generators.json", (route) => route.fulfill({ json: [] }));
    await page.reload();
    const tab = async (): Promise<string> => {
      await page.keyboard.press("Tab");
      return page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
    };
    const pick = async (...paths: string[]): Promise<void> => {
      const chooser = page.waitForEvent("filechooser");
      await page.keyboard.press("Enter");
      await (await chooser).setFiles(paths);
    };
    for (const name of ["CycleGAN studio", ...headerPages.map(({ name }) => name), "Choose weights"]) expect(await tab()).toBe(name);
    await pick(files.networks);
    await page.getByText("a ResNet generator of 1 block").waitFor();
    expect(await tab()).toBe("Choose pictures");
    await pick(...["0.png", "1.png", "2.png"].map((name) => join(photos, name)));
    await page.getByRole("button", { name: "Stop" }).press("Enter");
    await page.getByText(/^Stopped: \d+ channels? found\.$/).waitFor();
    await page.getByRole("button", { name: "Look again" }).press("Enter");
    await page.getByRole("button", { name: "Stop" }).waitFor();
    await smallest(page);
    await page.getByText("8 channels found.").waitFor({ timeout: 120_000 });
    expect(problems).toEqual([]);
  });

  test.for(["light", "dark"] as const)("on a phone, %s: fits 360 pixels, and axe finds nothing, empty or with channels", async (colorScheme) => {
    const { page, problems } = await open({ width: 360, colorScheme });
    expect(await violations(page)).toEqual([]);
    await chooseWeights(page, files.networks);
    await page.getByText("a ResNet generator of 1 block").waitFor();
    await smallest(page);
    await choosePictures(page, "0.png", "1.png");
    await page.getByText("8 channels found.").waitFor({ timeout: 120_000 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await violations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  test("a browser without WebGPU is told which have it", async () => {
    const { page } = await open({ script: "delete Navigator.prototype.gpu" });
    expect(await page.getByRole("alert").textContent()).toContain("Chrome or Edge 113 or newer");
  });

  test("the first load is at most 300 kB, compressed", async () => {
    const { page, answers } = await open();
    await page.waitForLoadState("networkidle");
    expect(pathsOf(answers)).toEqual(expect.arrayContaining(["/look.js", "/looker.js", "/generators.json"]));
    expect(await compressedBytes(answers)).toBeLessThan(300_000);
  });
});

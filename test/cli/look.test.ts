/** `cyclegan look`, on a tiny run and on files of weights. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeImage } from "../../src/data/decode.js";
import { look } from "../../src/node.js";
import { root } from "../examples/run-example.js";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-look-"));
const at = (...parts: readonly string[]): string => join(folder, ...parts);
const run = (line: string) => cyclegan(folder, ...line.split(" "));
const tiny = "--load-size 18 --crop-size 16 --ngf 4 --ndf 4 --n-layers-d 1 --max-steps 1";

beforeAll(async () => {
  for (const domain of ["trainA", "trainB"]) makeImages(at("data", domain), 2, 20, 20);
  for (const phase of ["train", "test"]) makeImages(at("pairs", phase), 2, 40, 20);
  makeImages(at("photos"), 3, 20, 24);
  writeFileSync(at("photos", "broken.png"), "no image");
  copyFileSync(join(root, "test/reference/weights/dcgan.pth"), at("noise.pth"));
  const trainings = [
    `train --dataroot data --name zebra ${tiny} --net-d n_layers --n-blocks 1`,
    `train --model pix2pix --dataroot pairs --name pairs ${tiny} --net-d n_layers --net-g resnet_1blocks`,
    `train --model gan --dataroot photos --hold-out 40 --name faces --load-size 18 --crop-size 16 --nz 4 --ngf 4 --ndf 4 --batch-size 2 --max-steps 1`,
  ];
  for (const training of trainings) {
    const { code, stderr } = await run(training);
    expect(code, stderr).toBe(0);
  }
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

test("a run's generator, by default: a page and a picture of all layers; a broken image is named once", { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await run("look --model runs/zebra --input photos --count 2");
  expect(code, stderr).toBe(0);
  expect(stdout).toBe("look.html\nlook.png\n");
  expect(stderr.match(/Skipped: photos\/broken\.png: expected a readable image/g)).toHaveLength(1);
  expect(stderr).toMatch(/Channels: 14, 1 image skipped, in /);
  const page = readFileSync(at("look.html"), "utf8");
  expect(page).toContain("What G_A of runs/zebra looks at");
  expect(page.match(/<h2>/g)).toHaveLength(7);
  expect(page.match(/<img src="data:image\/webp;base64,/g)).toHaveLength(28);
  expect(page).toMatch(/2 of 4 channels\. A value of this layer sees 7×7 pixels\./);
  // Three images of 7 pixels, 13 times as large, in one row, beside the images; two channels in a row.
  expect((await decodeImage(at("look.png"))).width).toBeGreaterThanOrEqual(2 * (2 * (3 * 91 + 4) + 6) + 16);
});

test("a discriminator, some layers and channels, as the library names them", { timeout: 60_000 }, async () => {
  const options = { model: at("runs/zebra"), network: "D_B", input: [at("photos")], output: at("d.html"), layer: ["model.2"], channels: [7, 0], guided: true };
  const { channels, page, skipped } = await look(options);
  expect({ channels, page, skipped }).toEqual({ channels: 2, page: at("d.html"), skipped: 1 });
  const text = readFileSync(at("d.html"), "utf8");
  expect(text.match(/channel \d+ ·/g)).toEqual(["channel 7 ·", "channel 0 ·"]);
  expect(text).toContain("guided back-propagation");
  await expect(look({ ...options, layer: ["model.3"] })).rejects.toThrow(/^layer: expected layers among model\.0, /);
});

test("a signal ends it, and the channels that are finished are written", { timeout: 60_000 }, async () => {
  const controller = new AbortController();
  const options = { model: at("runs/zebra"), input: [at("photos")], output: at("ended.html"), layer: ["model.4"] };
  const { interrupted, channels } = await look(options, {
    signal: controller.signal,
    onProgress: ({ phase, done }) => void (phase === "projection" && done === 7 && controller.abort()),
  });
  expect({ interrupted, channels }).toEqual({ interrupted: true, channels: 2 });
  expect(readFileSync(at("ended.html"), "utf8")).toContain("2 of 8 channels.");
  const page = at("never.html");
  expect(await look({ ...options, output: page }, { signal: controller.signal })).toMatchObject({ interrupted: true, channels: 0, page: undefined });
  expect(existsSync(page)).toBe(false);
});

test("a discriminator of pairs sees both halves of an image", { timeout: 60_000 }, async () => {
  const { code, stderr } = await run("look --model runs/pairs --network D --input pairs/train --layer model.0 --output pairs.html");
  expect(code, stderr).toBe(0);
  const { width } = await decodeImage(at("pairs.png"));
  // Windows of 4 pixels and their pairs, 10 times as large: two in a row of two channels with projections.
  expect(width).toBe(2 * (2 * (2 * 9 * 10 + 2) + 6) + 16);
});

test("the discriminator of a GAN by default, and of its generator the reason why not", { timeout: 60_000 }, async () => {
  const { code, stderr } = await run("look --model runs/faces --input photos --count 1 --output faces.html");
  expect(code, stderr).toBe(0);
  expect(readFileSync(at("faces.html"), "utf8")).toContain("What D of runs/faces looks at");
  for (const model of ["runs/faces --network G", "noise.pth"]) {
    const refused = await run(`look --model ${model} --input photos`);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/expected a network whose input is an image, got a DCGAN generator.* Its input is noise/);
  }
});

test.each([
  ["look --model runs/zebra --input photos --layer model.99", 2, /--layer: expected layers among model\.1, model\.4, .*, got model\.99\./],
  ["look --model runs/zebra --input photos --channels 4", 2, /--channels: expected numbers below 3, the channels of model\.\d+, got 4\./],
  ["look --model runs/zebra --input photos --network D_C", 2, /--network: expected a network of runs\/zebra, D_A, D_B, G_A, G_B, got D_C\./],
  ["look --model runs/zebra --input photos --channels 1 --count 2", 2, /--channels and --count cannot be combined/],
  ["look --model runs/zebra --input photos --output here", 2, /--output: expected the name of a page, which ends in \.html, got here\./],
  ["look --model runs/faces --input photos --crop-size 32", 2, /--crop-size: expected 16 pixels for this network, got 32\./],
  ["look --model runs/zebra --input nowhere", 1, /--input nowhere: expected an image, a folder of images or a pattern, got nothing\./],
  ["look --model runs/zebra --input photos/broken.png --output no.html", 1, /Skipped: [^]*\ncyclegan: look: expected images that can be used, got none\./],
  ["look --model photos/0.png --input photos", 1, /photos\/0\.png: expected/],
])("%s", { timeout: 30_000 }, async (line, code, message) => {
  const outcome = await run(line);
  expect(outcome.stderr).toMatch(message);
  expect(outcome.code).toBe(code);
  for (const path of ["no.html", "no.png", "here"]) expect(existsSync(at(path))).toBe(false);
});

test("a file of another program is not replaced", { timeout: 30_000 }, async () => {
  writeFileSync(at("mine.html"), "<p>mine</p>");
  writeFileSync(at("drawing.png"), "mine");
  mkdirSync(at("folder.html"));
  for (const page of ["mine.html", "drawing.html", "folder.html"]) {
    const { code, stderr } = await run(`look --model runs/zebra --input photos --output ${page}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/expected the name of a new page, got one whose place is taken/);
  }
  expect([readFileSync(at("mine.html"), "utf8"), readFileSync(at("drawing.png"), "utf8")]).toEqual(["<p>mine</p>", "mine"]);
});

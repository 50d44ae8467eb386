import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CommanderError } from "commander";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeImageBytes, decodeImage } from "../../src/data/decode.js";
import { translateCommand } from "../../src/cli/translate.js";
import { encodePng } from "../../src/data/encode.js";
import { DataError, UsageError } from "../../src/errors.js";
import { readWeights } from "../../src/io/read-weights.js";
import { writeSafetensors } from "../../src/io/safetensors.js";
import { trainConfig } from "../../src/run/options.js";
import { floatTiff } from "../support/float-tiff.js";
import { writeGeneratorFile } from "../support/generator-file.js";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-translate-"));
const inFolder = (...parts: readonly string[]): string => join(folder, ...parts);
const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const base = ["translate", "--model", "runs/one"];
const translate = (...args: readonly string[]) => cyclegan(folder, ...base, ...args);

/** A picture that is red above and blue below, and lies on its side by its EXIF orientation. */
async function lying(): Promise<Buffer> {
  const data = Uint8Array.from({ length: 24 * 16 * 3 }, (_, i) => (Math.floor(i / 3) % 24 < 12 ? [255, 0, 0] : [0, 0, 255])[i % 3] ?? 0);
  return sharp(data, { raw: { width: 24, height: 16, channels: 3 } }).withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer();
}

beforeAll(async () => {
  makeImages(inFolder("data", "trainA"), 1, 40, 36);
  makeImages(inFolder("data", "trainB"), 1, 36, 40);
  makeImages(inFolder("photos"), 3, 33, 18);
  makeImages(inFolder("photos", "deep"), 1, 20, 12);
  writeFileSync(inFolder("photos", "lying.jpg"), await lying());
  writeFileSync(inFolder("photos", ".DS_Store"), "");
  const tiny = ["--load-size", "36", "--crop-size", "32", "--ngf", "4", "--ndf", "4", "--n-blocks", "1", "--max-steps", "1"];
  const { code, stderr } = await cyclegan(folder, "train", "--dataroot", "data", "--name", "one", ...tiny);
  expect(code, stderr).toBe(0);
  mkdirSync(inFolder("runs", "batchnorm"));
  writeFileSync(inFolder("runs", "batchnorm", "config.json"), JSON.stringify(trainConfig({ dataroot: "data", norm: "batch" })));
  mkdirSync(inFolder("runs", "batchnorm", "checkpoints"));
  writeGeneratorFile(inFolder("runs", "batchnorm", "checkpoints", "latest_net_G_A.safetensors"), { norm: "batch" });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("translate, on a device", { timeout: 60_000 }, () => {
  test("in float16, at once and in tiles, gives almost the pixels of float32, and is another job", async () => {
    const one = async (output: string, ...args: readonly string[]): Promise<Uint8Array> => {
      const { code, stderr } = await translate("--input", "photos/0.png", "--output", `halves/${output}`, ...args);
      expect(code, stderr).toBe(0);
      return (await decodeImage(inFolder("halves", output), 3)).data;
    };
    mkdirSync(inFolder("halves"));
    const [single, half, tiled] = [await one("a.png"), await one("b.png", "--precision", "f16"), await one("c.png", "--precision", "f16", "--tile", "16")];
    // Values of 2 in 255 steps: an error of 0.02 is less than 3 of them.
    for (const other of [half, tiled]) for (const [index, value] of single.entries()) expect(Math.abs(value - (other[index] ?? NaN))).toBeLessThan(4);
    const again = async (...args: readonly string[]) => (await translate("--input", "photos", "--output", "halves/all", ...args)).stderr;
    await again();
    expect(await again("--precision", "f16")).toMatch(/made with another model or other options\. All are translated again/);
  });

  test("16 bits stay 16 bits and floats stay floats, of the range of their file", async () => {
    mkdirSync(inFolder("scans"));
    const data = Uint16Array.from({ length: 24 * 20 }, (_, index) => (index * 7919) % 65536);
    writeFileSync(inFolder("scans", "deep.png"), encodePng({ width: 24, height: 20, channels: 1, data }));
    writeFileSync(inFolder("scans", "scan.tif"), floatTiff(Array.from({ length: 24 }, (_, x) => x * 100)));
    const { code, stderr } = await translate("--input", "scans", "--output", "scanned", "--value-range", "0,65535");
    expect(code, stderr).toBe(0);
    expect((await sharp(inFolder("scanned", "deep.png")).metadata()).depth).toBe("ushort");
    expect((await sharp(inFolder("scanned", "scan.tif")).metadata()).depth).toBe("float");
    const scan = await sharp(inFolder("scanned", "scan.tif")).toColourspace("scrgb").raw({ depth: "float" }).toBuffer();
    const highest = Math.max(...new Float32Array(scan.buffer, scan.byteOffset, scan.length / 4));
    expect(highest).toBeGreaterThan(1);
    expect(highest).toBeLessThanOrEqual(65535);
    const shallow = await translate("--input", "scans", "--output", "shallow", "--format", "jpg");
    expect(shallow.stderr).toMatch(/deep\.png: has more than 8 bits, of which jpg keeps 8\. Use --format png or tiff to keep more\. Others like it are not named\./);
    const { data: translated } = await decodeImage(inFolder("scanned", "deep.png"), 3, { keepDepth: true });
    expect(translated.filter((value) => value % 257 !== 0).length).toBeGreaterThan(translated.length / 2);
    expect((await translate("--input", "scans", "--output", "odd", "--value-range", "5,5")).stderr).toMatch(/--value-range: expected auto, or two numbers .* got "5,5"/);
  });

  test("a pattern into another format, in shards, which together are everything", async () => {
    for (const index of [0, 1]) {
      const { code, stderr } = await translate("--input", "photos/**/*.png", "--output", "jpegs", "--format", "jpg", "--shard", `${index}/2`);
      expect(code, stderr).toBe(0);
      expect(stderr).toMatch(/Images: 2 translated, 0 skipped, in/);
    }
    expect(readdirSync(inFolder("jpegs"), { recursive: true }).map(String).sort()).toEqual([
      ".cyclegan-translate.jsonl", "0.jpg", "1.jpg", "2.jpg", "deep", join("deep", "0.jpg"), "index.html",
    ]);
    const page = readFileSync(inFolder("jpegs", "index.html"), "utf8");
    const links = [...page.matchAll(/<a href="([^"]+)">/g)].map(([, link = ""]) => link);
    // The page of the last shard shows the images of all.
    expect(links).toHaveLength(8);
    for (const link of links) expect(existsSync(inFolder("jpegs", link)), link).toBe(true);
    expect(links).toContain("../photos/deep/0.png");
    expect((await sharp(inFolder("jpegs", "0.jpg")).metadata()).format).toBe("jpeg");
    const more = await translate("--input", "photos/*.png", "--output", "jpegs2", "--shard", "7/8");
    expect([more.code, more.stderr]).toEqual([0, expect.stringMatching(/Images: 0 translated/)]);
  });

  test("a shard none of whose images can be read fails, though the images of the other shards can", async () => {
    makeImages(inFolder("mixed"), 4, 20, 12);
    for (const name of ["1.png", "3.png"]) writeFileSync(inFolder("mixed", name), "not an image");
    const broken = await translate("--input", "mixed", "--output", "halves", "--shard", "1/2");
    expect([broken.code, broken.stderr]).toEqual([1, expect.stringMatching(/expected images that can be read, got none/)]);
    const all = await translate("--input", "mixed", "--output", "halves");
    expect([all.code, all.stderr]).toEqual([0, expect.stringMatching(/Images: 2 translated, 2 skipped/)]);
  });

  test("a translation that cannot be written is named, the others are written, and the command fails", async () => {
    mkdirSync(inFolder("taken", "0.png"), { recursive: true });
    const { code, stderr, stdout } = await translate("--input", "photos/*.png", "--output", "taken");
    expect([code, stderr, stdout]).toEqual([1, expect.stringMatching(/Not written: taken.0\.png: expected to write it[^]*Images: 2 translated, 0 skipped, 1 not written, in/), "taken\n"]);
    const strict = await translate("--input", "photos/*.png", "--output", "taken", "--strict");
    expect([strict.code, strict.stderr]).toEqual([1, expect.stringMatching(/\ncyclegan: taken.0\.png: expected to write it/)]);
  });

  test("--scale and --load-size resize images first, and a hint says which scale matches the training", async () => {
    makeImages(inFolder("large"), 2, 160, 80);
    const own = await translate("--input", "large", "--output", "scales");
    const hint = "160×80 pixels, but the run was trained on images resized to 36×36 pixels. For its scale, use --scale 0.32.";
    expect(own.stderr.split(hint)).toHaveLength(2);
    for (const [args, size] of [[["--scale", "0.32"], [51, 26]], [["--load-size", "36"], [72, 36]]] as const) {
      const { code, stderr } = await translate("--input", "large", "--output", "scales", ...args);
      expect([code, stderr]).toEqual([0, expect.stringMatching(/made with another model or other options\. All are translated again/)]);
      expect(stderr).not.toContain("trained on images");
      const { width, height } = await decodeImage(inFolder("scales", "0.png"), 3);
      expect([width, height]).toEqual(size);
    }
    const both = await translate("--input", "large", "--output", "scales", "--scale", "1", "--load-size", "36");
    expect([both.code, both.stderr]).toEqual([2, "cyclegan: --load-size and --scale cannot be combined. Give one of the two.\n"]);
  });

  test("a page of results that another program made stays", async () => {
    mkdirSync(inFolder("site"));
    writeFileSync(inFolder("site", "index.html"), "<p>mine</p>");
    const { code, stderr } = await translate("--input", "photos/0.png", "--output", "site");
    expect([code, stderr]).toEqual([0, expect.stringMatching(/site.index\.html: left as it is, because another program made it/)]);
    expect(readFileSync(inFolder("site", "index.html"), "utf8")).toBe("<p>mine</p>");
  });

  test("an image of more pixels than --max-pixels is refused, and says how to raise the limit", async () => {
    const { code, stderr } = await translate("--input", "photos/0.png", "--output", "limited.png", "--max-pixels", "500");
    expect([code, stderr]).toEqual([1, expect.stringMatching(/0\.png: .*33×18 pixels, more than the limit of 500, which --max-pixels raises/)]);
    expect(existsSync(inFolder("limited.png"))).toBe(false);
  });

  test("a job whose output is inside its input continues without translating its translations", async () => {
    makeImages(inFolder("inside"), 2, 20, 12);
    const line = ["--model", "../runs/one", "--input", ".", "--output", "out"];
    for (const done of ["2 translated, 0 skipped", "0 translated, 0 skipped, 2 finished before"]) {
      const { code, stderr } = await cyclegan(inFolder("inside"), "translate", ...line);
      expect(code, stderr).toBe(0);
      expect(stderr).toContain(`Images: ${done}`);
    }
    expect(readdirSync(inFolder("inside", "out")).sort()).toEqual([".cyclegan-translate.jsonl", "0.png", "1.png", "index.html"]);
  });

  test("what is finished stays; what is missing, changed, or made with other options is translated", async () => {
    const task = ["--input", "photos", "--output", "resumed", "--batch", "2"];
    expect((await translate(...task)).stderr).toMatch(/photos: 5 images, left out: 1 hidden file or folder\.\n[^]*Images: 5 translated, 0 skipped, in/);
    const times = (): number[] => ["0.png", "1.png"].map((name) => statSync(inFolder("resumed", name)).mtimeMs);
    const first = times();
    rmSync(inFolder("resumed", "2.png"));
    expect((await translate(...task)).stderr).toMatch(/4 of 5 images were finished before and are not translated again\.\n[^]*Images: 1 translated, 0 skipped, 4 finished before/);
    expect(times()).toEqual(first);
    expect((await translate(...task, "--quality", "50")).stderr).toMatch(/All are translated again\.\n[^]*Images: 5 translated/);
    expect((await translate(...task, "--quality", "50")).stderr).toMatch(/Images: 0 translated, 0 skipped, 5 finished/);
    expect((await translate(...task, "--quality", "50", "--overwrite")).stderr).toMatch(/Images: 5 translated/);
  });

  test("where one file holds both generators, the other direction's images are not taken for finished", async () => {
    const generators = ["G_A", "G_B"].map(async (name) => {
      const tensors = await readWeights(inFolder("runs", "one", "checkpoints", `latest_net_${name}.safetensors`));
      return [...tensors].map(([key, tensor]) => [`net${name}.${key}`, tensor] as const);
    });
    writeFileSync(inFolder("both.safetensors"), writeSafetensors(new Map((await Promise.all(generators)).flat())));
    const task = ["--model", "both.safetensors", "--input", "photos", "--output", "ways"];
    expect((await translate(...task)).stderr).toMatch(/Images: 5 translated/);
    const there = readFileSync(inFolder("ways", "0.png"));
    expect((await translate(...task, "--direction", "BtoA")).stderr).toMatch(/All are translated again\.\n[^]*Images: 5 translated/);
    expect(readFileSync(inFolder("ways", "0.png")).equals(there)).toBe(false);
  });

  test("batches and tiles give the same images", async () => {
    await translate("--input", "photos", "--output", "plain", "--format", "png");
    await translate("--input", "photos", "--output", "batched", "--format", "png", "--batch", "3");
    await translate("--input", "photos", "--output", "tiled", "--format", "png", "--tile", "16");
    for (const name of ["0.png", "2.png", "lying.png", join("deep", "0.png")]) {
      const plain = await decodeImage(inFolder("plain", name), 3);
      for (const way of ["batched", "tiled"]) {
        const { data } = await decodeImage(inFolder(way, name), 3);
        const worst = data.reduce((most, value, i) => Math.max(most, Math.abs(value - (plain.data[i] ?? -1000))), 0);
        // A value may be rounded to the next level.
        expect(worst, `${way} ${name}`).toBeLessThanOrEqual(1);
      }
    }
  });

  test("one image to a file, upright, with a quality", async () => {
    const sizes: number[] = [];
    for (const quality of ["20", "90"]) {
      const { code, stdout } = await translate("--input", "photos/lying.jpg", "--output", "up.webp", "--quality", quality);
      expect([code, stdout]).toEqual([0, "up.webp\n"]);
      sizes.push(readFileSync(inFolder("up.webp")).length);
    }
    expect(sizes[0]).toBeLessThan(sizes[1] ?? 0);
    const { width, height, orientation, format } = await sharp(inFolder("up.webp")).metadata();
    expect([width, height, orientation, format]).toEqual([16, 24, undefined, "webp"]);
    expect(existsSync(inFolder(".cyclegan-translate.jsonl"))).toBe(false);
  });

  test("standard input to standard output, and nothing else there", async () => {
    const pipe = (input: Buffer, ...args: readonly string[]): Buffer => {
      const options = { cwd: folder, input, env: { ...process.env, DEBUG: "" }, stdio: ["pipe", "pipe", "ignore"] as const };
      return execFileSync(process.execPath, [main, ...base, "--input", "-", "--output", "-", ...args], { ...options, stdio: [...options.stdio] });
    };
    const jpeg = await lying();
    expect(await sharp(pipe(jpeg)).metadata()).toMatchObject({ format: "jpeg", width: 16, height: 24 });
    expect(await sharp(pipe(jpeg, "--format", "png")).metadata()).toMatchObject({ format: "png", channels: 3 });
    const tiff = await sharp(jpeg).tiff().toBuffer();
    expect(await sharp(pipe(tiff)).metadata()).toMatchObject({ format: "tiff" });
    const empty = await withStreams("ignore");
    expect([empty.code, empty.stdout]).toEqual([1, ""]);
    expect(empty.stderr).toMatch(/cyclegan: standard input: expected a readable image .*an empty file/);
    // Noise, as a file larger than a pipe holds.
    await sharp({ create: { width: 300, height: 200, channels: 3, background: "#888", noise: { type: "gaussian", mean: 128, sigma: 60 } } })
      .png()
      .toFile(inFolder("noise.png"));
    const closed = await withStreams("noise.png", true);
    expect(closed.code).toBe(1);
    expect(closed.stderr).toMatch(/cyclegan: standard output: expected to take the image, got .*EPIPE/);
  });

  test("alpha passes through when asked, and where it does not fit is an error", async () => {
    const alpha = Uint8Array.from({ length: 12 * 10 }, (_, i) => 2 * i);
    const pixels = Uint8Array.from({ length: 12 * 10 * 4 }, (_, i) => (i % 4 === 3 ? (alpha[(i - 3) / 4] ?? 0) : (i * 7) % 256));
    await sharp(pixels, { raw: { width: 12, height: 10, channels: 4 } }).png().toFile(inFolder("logo.png"));
    await translate("--input", "logo.png", "--output", "logo.webp", "--keep-alpha");
    const back = await decodeImageBytes(readFileSync(inFolder("logo.webp")), "logo", 3, { keepAlpha: true });
    expect(back.alpha).toEqual(alpha);
    await translate("--input", "logo.png", "--output", "flat");
    expect((await sharp(inFolder("flat", "logo.png")).metadata()).channels).toBe(3);
    writeFileSync(inFolder("liar.jpg"), readFileSync(inFolder("logo.png")));
    const { code, stderr } = await translate("--input", "liar.jpg", "--output", "flat", "--keep-alpha");
    expect([code, stderr]).toEqual([1, expect.stringMatching(/liar.jpg: expected a format that keeps its transparency/)]);
  });
});

/** Runs from standard input, here a file or nothing, to standard output, here collected or closed at once. */
function withStreams(input: string, closed = false): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const stdin = input === "ignore" ? input : openSync(inFolder(input), "r");
  const child = spawn(process.execPath, [main, ...base, "--input", "-", "--output", "-"], { cwd: folder, stdio: [stdin, "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  child.stdout?.on("data", (text: Buffer) => (said.stdout += text.toString()));
  child.stderr?.on("data", (text: Buffer) => (said.stderr += text.toString()));
  if (closed) child.stdout?.destroy();
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...said })));
}

describe("translate, bad input: an error before a device is looked for, nothing written", () => {
  const photos = inFolder("photos");
  const x = inFolder("x");
  test.each([
    ["several images to a file", [photos], "one.png", [], DataError, /--output .*one.png: expected a folder for 5 images/],
    ["several images to a stream", [photos], "-", [], DataError, /--output -: expected a folder for 5 images/],
    ["a stream to a folder", ["-"], "x", [], DataError, /--output .*x: expected - or the name of a file/],
    ["an image onto itself", [join(photos, "0.png")], "photos/0.png", [], DataError, /photos.0.png would be overwritten/],
    ["alpha as jpg", [photos], "x", ["--format", "jpg", "--keep-alpha"], UsageError, /--keep-alpha: expected a format/],
    ["two formats", [join(photos, "0.png")], "x.png", ["--format", "webp"], UsageError, /--format: expected png, the format of --output, got webp/],
    ["an unknown format", [photos], "x", ["--format", "avif"], CommanderError, /Allowed choices are png, jpg, webp/],
    ["a quality above 100", [photos], "x", ["--quality", "101"], UsageError, /--quality: expected a whole number between 1 and 100, got "101"/],
    ["a shard counted from 1", [photos], "x", ["--shard", "4/4"], UsageError, /--shard: expected i\/n/],
    ["a shard of one file", [join(photos, "0.png")], "x.png", ["--shard", "0/4"], UsageError, /--shard: expected a folder/],
    ["a tile of no multiple of 4", [photos], "x", ["--tile", "50"], UsageError, /--tile: expected a multiple of 4/],
    ["no memory", [photos], "x", ["--memory", "0"], UsageError, /--memory: expected a number of gigabytes/],
    ["a pattern that matches nothing", [join(photos, "*.gif")], "x", [], DataError, /photos.\*.gif: expected a pattern/],
    ["batches of batch norm", [photos], "x", ["--model", inFolder("runs", "batchnorm"), "--batch", "2"], UsageError, /--batch: expected 1/],
  ] as const)("%s", async (_, input, output, more, kind, message) => {
    const to = output === "-" ? output : inFolder(output);
    const args = ["--model", inFolder("runs", "one"), "--input", ...input, "--output", to, ...more];
    const command = translateCommand().exitOverride().configureOutput({ writeErr: () => {} });
    const error: unknown = await command.parseAsync(args, { from: "user" }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(kind);
    expect(String(error)).toMatch(message);
    expect(existsSync(x)).toBe(false);
  });
});

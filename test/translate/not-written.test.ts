import type * as Fs from "node:fs";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { CheckpointError, DataError, NonFiniteError } from "../../src/errors.js";
import { storeFloat32, writeSafetensors } from "../../src/io/safetensors.js";
import { parameterShapes } from "../../src/models/networks/layer.js";
import { resnetGenerator } from "../../src/models/networks/resnet.js";
import type { TranslateOptions } from "../../src/translate/plan.js";
import { translate, type TranslateResult } from "../../src/translate/translate.js";
import { makeImages } from "../cli/make-images.js";

/** The code with which writing fails, from which write on. */
const disk = vi.hoisted(() => ({ code: "", after: Infinity }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof Fs>();
  const writeFileSync: typeof fs.writeFileSync = (...args) => {
    if (disk.after-- <= 0) throw Object.assign(new Error(`${disk.code}: it does not take it`), { code: disk.code, syscall: "write" });
    fs.writeFileSync(...args);
  };
  return { ...fs, writeFileSync };
});

const folder = mkdtempSync(join(tmpdir(), "cyclegan-not-written-"));
const at = (...parts: readonly string[]): string => join(folder, ...parts);
let count = 0;

/** A generator whose weights are a ramp, times `scale`. */
function writeModel(path: string, scale: number): void {
  const shapes = parameterShapes(resnetGenerator({ inputNc: 3, outputNc: 3, ngf: 2, nBlocks: 1, norm: "instance", upsample: "conv-transpose" }));
  const ramp = (shape: readonly number[]): Float32Array =>
    Float32Array.from({ length: shape.reduce((size, extent) => size * extent, 1) }, (_, index) => scale * (((index * 7) % 11) / 11 - 0.4));
  writeFileSync(path, writeSafetensors(new Map([...shapes].map(([name, shape]) => [name, storeFloat32(shape, ramp(shape))]))));
}

beforeAll(() => {
  writeModel(at("model.safetensors"), 0.5);
  writeModel(at("huge.safetensors"), 1e38);
  writeModel(at("zero.safetensors"), 0);
  makeImages(at("photos"), 4, 20, 12);
});
beforeEach(() => {
  Object.assign(disk, { code: "", after: Infinity });
});
afterAll(() => rmSync(folder, { recursive: true }));

type Said = readonly [result: Promise<TranslateResult>, said: string[]];
function run(output: string, more: Partial<TranslateOptions> = {}): Said {
  const said: string[] = [];
  const options = { model: at("model.safetensors"), direction: "AtoB", input: at("photos"), output, ...more } as const;
  return [translate(options, { onMessage: (text) => said.push(text) }), said];
}
const newOutput = (): string => at(`out${count++}`);
const images = (output: string): string[] => readdirSync(output).filter((name) => name.endsWith("png"));

describe("a translation that cannot be written", () => {
  test("is named, and the others are written", async () => {
    const output = newOutput();
    mkdirSync(join(output, "1.png"), { recursive: true });
    const [result, said] = run(output);
    expect(await result).toMatchObject({ written: 3, skipped: 0, failed: 1, interrupted: false });
    expect(said.filter((text) => text.startsWith("Not written"))).toEqual([expect.stringMatching(/^Not written: .*1\.png: expected to write it, got EISDIR/)]);
    // The next start tries it again, and only it.
    expect(await run(output)[0]).toMatchObject({ written: 0, failed: 1, finished: 3 });
  });

  test("because it is too large for its format is one of them", async () => {
    await sharp({ create: { width: 16_400, height: 8, channels: 3, background: "#123" } }).jpeg().toFile(at("photos", "wide.jpg"));
    const [result, said] = run(newOutput(), { format: "webp" });
    expect(await result).toMatchObject({ written: 4, failed: 1 });
    expect(said).toContainEqual(expect.stringMatching(/^Not written: .*wide\.webp: expected an image that webp can hold, got 16400×8 pixels \(.*\)\. Use --format png\./));
    rmSync(at("photos", "wide.jpg"));
  });

  test.each([
    ["ENOSPC", "The disk is full: free some space."],
    ["EDQUOT", "Your share of the disk is used up: free some space."],
    ["EROFS", "The disk is read-only: make it writable."],
  ])("because of %s ends the job at once, and the next one goes on", async (code, advice) => {
    const output = newOutput();
    Object.assign(disk, { code, after: 2 });
    const [result] = run(output);
    await expect(result).rejects.toThrow(CheckpointError);
    await expect(result).rejects.toThrow(`${advice} Then start the same command again. Images that are finished are not translated again.`);
    expect(images(output)).toHaveLength(2);
    disk.after = Infinity;
    expect(await run(output)[0]).toMatchObject({ written: 2, finished: 2 });
  });

  test("is an error if it is the only one, or with strict; so is a file in the place of a folder", async () => {
    const output = newOutput();
    mkdirSync(join(output, "1.png"), { recursive: true });
    await expect(run(output, { strict: true })[0]).rejects.toThrow(/1\.png: expected to write it, got EISDIR/);
    await expect(run(output, { input: at("photos", "1.png") })[0]).rejects.toThrow(/1\.png: expected to write it, got EISDIR/);
    writeFileSync(at("plain"), "");
    await expect(run(at("plain", "out"))[0]).rejects.toThrow(/--output .*plain.out: expected a folder, got a file at .*plain\.$/);
    await expect(run(at("plain", "1.png"), { input: at("photos", "1.png") })[0]).rejects.toThrow(/plain.1\.png: expected a folder, got a file at .*plain\.$/);
  });
});

describe("an output without an image in it", () => {
  test("because it is not finite is not written, and named once for the job", async () => {
    const output = newOutput();
    const [result, said] = run(output, { model: at("huge.safetensors") });
    expect(await result).toMatchObject({ written: 0, failed: 4 });
    expect(said.filter((text) => text.includes("NaN"))).toEqual([
      expect.stringMatching(/^Not written: .*0\.png: expected a finite translation, got NaN or infinity from .*huge\.safetensors\. Use other weights\. Others like it are not named\.$/),
    ]);
    expect(images(output)).toEqual([]);
    await expect(run(output, { model: at("huge.safetensors"), input: at("photos", "0.png") })[0]).rejects.toThrow(NonFiniteError);
    await expect(run(output, { model: at("huge.safetensors"), strict: true })[0]).rejects.toThrow(NonFiniteError);
  });

  test("because it has one colour is written, and named once for the job, unless the input had one colour too", async () => {
    const [result, said] = run(newOutput(), { model: at("zero.safetensors") });
    expect(await result).toMatchObject({ written: 4, failed: 0 });
    expect(said.filter((text) => text.includes("one colour"))).toEqual([expect.stringMatching(/0\.png: its translation has one colour only\. Look at the weights\./)]);
    await sharp({ create: { width: 20, height: 12, channels: 3, background: "#123" } }).png().toFile(at("flat.png"));
    const [flat, saidOfFlat] = run(newOutput(), { model: at("zero.safetensors"), input: at("flat.png") });
    await flat;
    expect(saidOfFlat.join()).not.toContain("one colour");
  });
});

test("with strict, an image that would be left out or skipped is an error; otherwise it is named", async () => {
  writeFileSync(at("photos", "broken.png"), "no image");
  expect(await run(newOutput())[0]).toMatchObject({ written: 4, skipped: 1 });
  await expect(run(newOutput(), { strict: true })[0]).rejects.toThrow(/broken\.png: expected a readable image/);
  rmSync(at("photos", "broken.png"));
  writeFileSync(at("photos", "phone.heic"), "\0\0\0\x18ftypheic0000");
  const strict = run(newOutput(), { strict: true })[0];
  await expect(strict).rejects.toThrow(DataError);
  await expect(strict).rejects.toThrow(/--strict: expected only images that can be used, got .*phone\.heic \(a HEIC image.*\)\. Mend or remove them, or do without --strict\./);
  expect(await run(newOutput())[0]).toMatchObject({ written: 4, skipped: 0 });
});

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openOutputFolder, type TranslationSettings } from "../../src/translate/finished-images.js";
import { temporaryFolder } from "../data/temporary-folder.js";

const folder = temporaryFolder();
const [from, weights] = [join(folder, "in.png"), join(folder, "weights")];
writeFileSync(from, "source");
writeFileSync(weights, "first weights");
const settings: TranslationSettings = { weights, prefix: "netG_A.", format: "png", quality: 95, keepAlpha: false };
let count = 0;
const newFolder = (): string => join(folder, `out${count++}`);

/** Translates, as far as files go. */
function write(output: string, name = "a.png", with_ = settings, source = from): string {
  const to = join(output, name);
  const opened = openOutputFolder(output, with_);
  opened.prepare();
  writeFileSync(to, "translation");
  opened.finish(source, to);
  return to;
}

test("looking at a folder makes nothing; images there are not taken for finished", () => {
  const output = newFolder();
  const { provenance, isFinished } = openOutputFolder(output, settings);
  expect(provenance).toBe("unknown");
  expect(existsSync(output)).toBe(false);
  mkdirSync(output);
  writeFileSync(join(output, "a.png"), "whose?");
  expect(isFinished(from, join(output, "a.png"))).toBe(false);
});

test("what was written with the same weights and options is finished, as long as it is there", () => {
  const output = newFolder();
  const to = write(output);
  const again = openOutputFolder(output, settings);
  expect(again.provenance).toBe("same");
  expect(again.isFinished(from, to)).toBe(true);
  expect(again.isFinished(from, join(output, "b.png"))).toBe(false);
  rmSync(to);
  expect(again.isFinished(from, to)).toBe(false);
});

test("an image of the same name from another folder is another source, however old it is", () => {
  const output = newFolder();
  const to = write(output);
  const elsewhere = join(folder, "elsewhere");
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, "in.png"), "source");
  utimesSync(join(elsewhere, "in.png"), new Date(0), new Date(0));
  expect(openOutputFolder(output, settings).isFinished(join(elsewhere, "in.png"), to)).toBe(false);
  expect(openOutputFolder(output, settings).isFinished(from, to)).toBe(true);
});

test("other weights, another network of the same file or other options: nothing is finished, and what was there stays unfinished afterwards", () => {
  const changes: Partial<TranslationSettings>[] = [{ quality: 80 }, { format: "webp" }, { keepAlpha: true }, { weights: from }, { prefix: "netG_B." }];
  for (const change of changes) {
    const output = newFolder();
    const to = write(output);
    const other = { ...settings, ...change };
    expect(openOutputFolder(output, other).provenance).toBe("other");
    expect(openOutputFolder(output, other).isFinished(from, to)).toBe(false);
    // Stopped after the first image of the new settings.
    const first = write(output, "first.png", other);
    const resumed = openOutputFolder(output, other);
    expect([resumed.isFinished(from, to), resumed.isFinished(from, first)]).toEqual([false, true]);
    // The newest line counts.
    write(output, "a.png", other);
    expect(openOutputFolder(output, settings).isFinished(from, to)).toBe(false);
  }
});

test("shards add to one record, each without removing the other's lines", () => {
  const output = newFolder();
  const [one, two] = [openOutputFolder(output, settings), openOutputFolder(output, settings)];
  for (const [index, shard] of [one, two].entries()) {
    shard.prepare();
    writeFileSync(join(output, `${index}.png`), "translation");
    shard.finish(from, join(output, `${index}.png`));
  }
  const after = openOutputFolder(output, settings);
  expect([0, 1].map((index) => after.isFinished(from, join(output, `${index}.png`)))).toEqual([true, true]);
  expect(readdirSync(output).sort()).toEqual([".cyclegan-translate.jsonl", "0.png", "1.png"]);
});

test("weights that were trained on under the same name are others", () => {
  const output = newFolder();
  write(output);
  writeFileSync(weights, "second weights");
  expect(openOutputFolder(output, settings).provenance).toBe("other");
  writeFileSync(weights, "first weights");
  expect(openOutputFolder(output, settings).provenance).toBe("same");
});

test("a source that changed since is not finished; a line that is cut short counts as none", () => {
  const output = newFolder();
  const to = write(output);
  const record = join(output, ".cyclegan-translate.jsonl");
  const whole = readFileSync(record, "utf8");
  writeFileSync(record, whole.slice(0, -5));
  expect(openOutputFolder(output, settings).isFinished(from, to)).toBe(false);
  writeFileSync(record, whole);
  expect(openOutputFolder(output, settings).isFinished(from, to)).toBe(true);
  writeFileSync(from, "another source");
  expect(openOutputFolder(output, settings).isFinished(from, to)).toBe(false);
});

import { existsSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openOutputFolder, type TranslationSettings } from "../../src/translate/finished-images.js";
import { temporaryFolder } from "../data/temporary-folder.js";

const folder = temporaryFolder();
const [from, weights] = [join(folder, "in.png"), join(folder, "weights")];
writeFileSync(from, "source");
writeFileSync(weights, "first weights");
const longAgo = new Date(Date.now() - 3_600_000);
utimesSync(from, longAgo, longAgo);
const settings: TranslationSettings = { weights, prefix: "netG_A.", format: "png", quality: 95, keepAlpha: false };
let count = 0;
const newFolder = (): string => join(folder, `out${count++}`);

/** Translates, as far as times go. */
function write(output: string, with_ = settings): string {
  openOutputFolder(output, with_).claim();
  const to = join(output, "a.png");
  writeFileSync(to, "translation");
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

test("what was written with the same weights and options is finished", () => {
  const output = newFolder();
  const to = write(output);
  const again = openOutputFolder(output, settings);
  expect(again.provenance).toBe("same");
  expect(again.isFinished(from, to)).toBe(true);
  expect(again.isFinished(from, join(output, "b.png"))).toBe(false);
});

test("other weights, another network of the same file or other options: nothing is finished, and what was there stays unfinished afterwards", () => {
  const changes: Partial<TranslationSettings>[] = [{ quality: 80 }, { format: "webp" }, { keepAlpha: true }, { weights: from }, { prefix: "netG_B." }];
  for (const change of changes) {
    const output = newFolder();
    const to = write(output);
    const past = new Date(Date.now() - 60_000);
    utimesSync(to, past, past);
    const other = openOutputFolder(output, { ...settings, ...change });
    expect(other.provenance).toBe("other");
    expect(other.isFinished(from, to)).toBe(false);
    // Stopped after the first image of the new settings.
    other.claim();
    writeFileSync(join(output, "first.png"), "new");
    const resumed = openOutputFolder(output, { ...settings, ...change });
    expect(resumed.isFinished(from, to)).toBe(false);
    expect(resumed.isFinished(from, join(output, "first.png"))).toBe(true);
  }
});

test("a shard that began before another wrote its first image leaves that one's finished", () => {
  const output = newFolder();
  const [fast, slow] = [openOutputFolder(output, settings), openOutputFolder(output, settings)];
  fast.claim();
  const past = new Date(Date.now() - 60_000);
  const record = join(output, ".cyclegan-translate.json");
  utimesSync(record, past, past);
  writeFileSync(join(output, "a.png"), "translation");
  utimesSync(join(output, "a.png"), past, past);
  slow.claim();
  expect(openOutputFolder(output, settings).isFinished(from, join(output, "a.png"))).toBe(true);
  expect(readdirSync(output).sort()).toEqual([".cyclegan-translate.json", "a.png"]);
});

test("weights that were trained on under the same name are others", () => {
  const output = newFolder();
  write(output);
  writeFileSync(weights, "second weights");
  expect(openOutputFolder(output, settings).provenance).toBe("other");
  writeFileSync(weights, "first weights");
  expect(openOutputFolder(output, settings).provenance).toBe("same");
});

test("a record from before it named the network is another", () => {
  const output = newFolder();
  const to = write(output);
  const record = join(output, ".cyclegan-translate.json");
  const { prefix, ...older } = JSON.parse(readFileSync(record, "utf8")) as Readonly<Record<string, unknown>>;
  expect(prefix).toBe("netG_A.");
  writeFileSync(record, `${JSON.stringify(older)}\n`);
  const again = openOutputFolder(output, settings);
  expect(again.provenance).toBe("other");
  expect(again.isFinished(from, to)).toBe(false);
});

test("a source that changed since is not finished; a damaged record is another", () => {
  const output = newFolder();
  const to = write(output);
  const later = new Date(Date.now() + 60_000);
  utimesSync(from, later, later);
  expect(openOutputFolder(output, settings).isFinished(from, to)).toBe(false);
  const now = new Date(Date.now() - 60_000);
  utimesSync(from, now, now);
  expect(openOutputFolder(output, settings).isFinished(from, to)).toBe(true);
  writeFileSync(join(output, ".cyclegan-translate.json"), "{");
  expect(openOutputFolder(output, settings).provenance).toBe("other");
});

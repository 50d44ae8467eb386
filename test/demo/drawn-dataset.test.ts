import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeImage } from "../../src/data/decode.js";
import { drawnDataset, type DrawnDataset } from "../../src/demo/drawn-dataset.js";
import { toGray } from "../../src/demo/pictures.js";
import type { DatasetRequest } from "../../src/demo/task.js";
import { tasks } from "../../src/demo/tasks/index.js";
import { writeFakeEmoji } from "./fake-emoji.js";

const root = mkdtempSync(join(tmpdir(), "cyclegan-drawn-"));
const cacheFolder = join(root, "cache");
const category = "Smileys & Emotion";
beforeAll(() => writeFakeEmoji(cacheFolder, Array.from({ length: 10 }, (_, index) => `1f60${index}`), category));
afterAll(() => rmSync(root, { recursive: true }));

let number = 0;

/** Asks for a data set in a folder of its own; `done` are the lines that say what was finished. */
function request(folder = join(root, String(number++), "data")): DatasetRequest & { readonly done: string[] } {
  const done: string[] = [];
  return { folder, cacheFolder, onProgress: () => {}, onDone: (line) => done.push(line), done };
}

const gray: DrawnDataset = { categories: [category], size: 4, change: { words: "their luminance", apply: toGray } };

test("every drawing has a partner of its name, and no emoji is both in training and held out", async () => {
  const asked = request();
  const heldOut = await drawnDataset(gray, asked);
  const list = (name: string): string[] => readdirSync(join(asked.folder, name)).sort();
  // Of ten emoji by two artists, a fifth is held out.
  expect([list("trainA").length, list("testA").length]).toEqual([16, 4]);
  expect([list("trainB"), list("testB")]).toEqual([list("trainA"), list("testA")]);
  expect(heldOut.map(({ image }) => image).toSorted()).toEqual(list("testA"));
  expect(heldOut[0]?.name).toMatch(/^1F60\d, Google Noto Emoji$/);
  const codes = (name: string): Set<string> => new Set(list(name).map((file) => file.split("-")[0] ?? ""));
  expect([...codes("testA")].filter((code) => codes("trainA").has(code))).toEqual([]);
  const [file = ""] = list("testB");
  const [a, b] = await Promise.all(["testA", "testB"].map((name) => decodeImage(join(asked.folder, name, file), 3)));
  expect(b).toMatchObject({ width: 4, height: 4 });
  expect(a).toEqual(b && toGray(b));
  expect(asked.done).toEqual([`Built ${asked.folder}: 16 + 16 images to train on, 4 held out`]);
  expect(readFileSync(join(asked.folder, "README.md"), "utf8")).toMatch(/4×4 pixels, on white: 16 to train on, 4 held out\.[^]*changed: their luminance\.[^]*Noto Emoji.*Apache License 2\.0/);
});

test("a data set is built once, and again when asked to or when its settings change", async () => {
  const asked = request();
  const first = await drawnDataset(gray, asked);
  expect(await drawnDataset(gray, asked)).toEqual(first);
  expect(asked.done).toHaveLength(1);
  await drawnDataset(gray, { ...asked, fresh: true });
  await drawnDataset({ ...gray, size: 8 }, asked);
  expect(asked.done).toHaveLength(3);
});

test("another folder is left alone, and a category without emoji is named", async () => {
  const { folder, ...rest } = request();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "thesis.txt"), "");
  await expect(drawnDataset(gray, { folder, ...rest, fresh: true })).rejects.toThrow(/data: expected the demo's data set or nothing, got a folder without manifest\.json\. Move it away\./);
  expect(readdirSync(folder)).toEqual(["thesis.txt"]);
  await expect(drawnDataset({ ...gray, categories: ["Cars"] }, request())).rejects.toThrow(/emoji of the category "Cars", got none among 10/);
});

test.each(tasks.filter(({ name }) => ["style", "gray2color", "edges2emoji", "noise2emoji"].includes(name)))("the data set of $name has what its models need", async (task) => {
  const { folder, ...rest } = request();
  const heldOut = await task.makeDataset({ folder, ...rest });
  const single = Object.keys(task.models).includes("gan");
  const folders = single ? ["train", "test"] : ["trainA", "trainB", "testA", "testB"];
  expect(readdirSync(folder).sort()).toEqual(["LICENSE-emoji-datasource", "README.md", "manifest.json", ...folders].toSorted());
  expect(heldOut).toHaveLength(task.name === "style" ? 2 : 4);
  for (const { image } of heldOut) expect(readdirSync(join(folder, single ? "test" : "testA"))).toContain(image);
});

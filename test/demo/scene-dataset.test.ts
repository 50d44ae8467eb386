import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeImage } from "../../src/data/decode.js";
import { encodePng } from "../../src/data/encode.js";
import { sceneDataset, type SceneDataset } from "../../src/demo/scene-dataset.js";
import { fruit } from "../../src/demo/tasks/fruit.js";
import { labels2scene } from "../../src/demo/tasks/labels2scene.js";
import type { DatasetRequest } from "../../src/demo/task.js";
import { trainConfig } from "../../src/run/options.js";
import { writeFakeEmoji } from "./fake-emoji.js";

const root = mkdtempSync(join(tmpdir(), "cyclegan-scenes-"));
const cacheFolder = join(root, "cache");
beforeAll(() => writeFakeEmoji(cacheFolder, ["1f34e", "1f34a", "1f333", "1f332", "1f3e0", "1f697", "1f416"]));
afterAll(() => rmSync(root, { recursive: true }));

let number = 0;

/** Asks for a data set in a folder of its own; `done` are the lines that say what was finished. */
function request(folder = join(root, String(number++), "data")): DatasetRequest & { readonly done: string[] } {
  const done: string[] = [];
  return { folder, cacheFolder, onProgress: () => {}, onDone: (line) => done.push(line), done };
}

/** One pixel whose gray is drawn from the stream, and its inverse as B. */
function tiny(paired: boolean): SceneDataset {
  return {
    title: "Pixels",
    description: "Pixels.",
    train: 3,
    test: 2,
    paired,
    prepare: async () => (random) => {
      const level = random.integer(256);
      const pixel = (gray: number): Uint8Array => encodePng({ width: 1, height: 1, channels: 1, data: Uint8Array.of(gray) });
      return { A: pixel(level), B: pixel(255 - level), Mask: pixel(0) };
    },
    files: { "classes.json": "[]" },
  };
}

async function levels(folder: string, name: string): Promise<number[]> {
  const images = readdirSync(join(folder, name)).sort().map((image) => decodeImage(join(folder, name, image), 1));
  return (await Promise.all(images)).map(({ data }) => data[0] ?? -1);
}

test("train scenes of a paired data set are pairs, and test scenes always", async () => {
  for (const paired of [true, false]) {
    const { folder, done, ...rest } = request();
    const heldOut = await sceneDataset(tiny(paired), { folder, ...rest });
    expect(heldOut).toEqual([{ name: "scene 1", image: "0000.png" }, { name: "scene 2", image: "0001.png" }]);
    expect(readdirSync(folder).sort()).toEqual(["LICENSE-emoji-datasource", "README.md", "classes.json", "manifest.json", "testA", "testB", "testMask", "trainA", "trainB"]);
    const [trainA, trainB, testA, testB] = await Promise.all(["trainA", "trainB", "testA", "testB"].map((name) => levels(folder, name)));
    expect([trainA?.length, testA?.length]).toEqual([3, 2]);
    expect(trainB?.every((level, index) => level === 255 - (trainA?.[index] ?? 0))).toBe(paired);
    expect(testB).toEqual(testA?.map((level) => 255 - level));
    // No scene is in two places.
    expect(new Set([...(trainA ?? []), ...(testA ?? [])]).size).toBe(5);
    expect(done).toEqual([`Built ${folder}: 3 + 3 images to train on, 2 held out`]);
  }
});

test("a data set is built once, again when asked to, with the same bits, and when its settings change", async () => {
  const first = request();
  await sceneDataset(tiny(true), first);
  const built = await levels(first.folder, "trainA");
  rmSync(join(first.folder, "trainA", "0000.png"));
  const again = request(first.folder);
  await sceneDataset(tiny(true), again);
  expect([again.done, readdirSync(join(first.folder, "trainA")).length]).toEqual([[], 2]);
  await sceneDataset(tiny(true), { ...again, fresh: true });
  expect(await levels(first.folder, "trainA")).toEqual(built);
  await sceneDataset({ ...tiny(true), train: 4 }, again);
  expect(await levels(first.folder, "trainA")).toHaveLength(4);
});

test("another folder is left alone", async () => {
  const { folder, ...rest } = request();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "thesis.txt"), "");
  await expect(sceneDataset(tiny(true), { folder, ...rest, fresh: true })).rejects.toThrow(/data: expected the demo's data set or nothing, got a folder without manifest\.json\. Move it away\./);
  expect(readdirSync(folder)).toEqual(["thesis.txt"]);
});

test("labels are pictures of the classes for people, and their numbers for an FCN", async () => {
  const asked = request();
  await labels2scene.makeDataset(asked);
  const [label] = [await decodeImage(join(asked.folder, "testA", "0000.png"), 3)];
  // The top left corner is sky.
  expect([...label.data.subarray(0, 3)]).toEqual([112, 176, 240]);
  const classes: unknown = JSON.parse(readFileSync(join(asked.folder, "classes.json"), "utf8"));
  expect(classes).toContainEqual({ name: "sky", color: [112, 176, 240] });
  expect(readFileSync(join(asked.folder, "README.md"), "utf8")).toMatch(/Noto Emoji.*Apache License 2\.0/);
});

test("the task of fruit measures the change of the fruit and of everything else", async () => {
  const asked = request();
  const heldOut = await fruit.makeDataset(asked);
  const [real, truth] = [join(asked.folder, "testA"), join(asked.folder, "testB")];
  const measure = (fake: string): Promise<readonly string[]> | undefined => fruit.measure?.({ config: trainConfig({ dataroot: asked.folder }), run: root, real, fake, truth, heldOut });
  const same = await measure(real);
  expect(same?.[3]).toMatch(/^translated to oranges +0\.0000 +0\.0000 +\d+ \d+ \d+$/);
  expect(same?.[4]).toMatch(/^true oranges +[01]\.[1-9]\d* +0\.0000 +\d+ \d+ \d+$/);
  const perfect = await measure(truth);
  expect(perfect?.[3]?.slice(32)).toBe(perfect?.[4]?.slice(32));
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decodeImage } from "../../src/data/decode.js";
import { compareHeldOut, prepareHeldOut, translationFolders, writeHeldOutGrid } from "../../src/demo/held-out.js";
import { runName } from "../../src/demo/settings.js";
import { taskNamed, tasks } from "../../src/demo/tasks/index.js";
import { pictureAt } from "../../src/demo/wallpaper-dataset.js";
import { checkSettingNames, modelOf, trainConfig } from "../../src/run/options.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-tasks-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the tasks of the demo", () => {
  test.each(tasks.flatMap((task) => Object.entries(task.models).map(([model, settings]) => [task, model, settings] as const)))(
    "$name with %s has valid settings",
    (task, model, settings) => {
      checkSettingNames({ model, ...settings }, task.name);
      const config = trainConfig({ model, loadSize: task.size, cropSize: task.size, ...settings });
      expect(() => modelOf(config).check?.(config)).not.toThrow();
      expect(modelOf(config).imageSides(config).least).toBeLessThanOrEqual(task.size);
    },
  );

  test("have runs of their own", () => {
    const names = tasks.flatMap((task) => Object.keys(task.models).map((model) => runName(task, model)));
    expect(new Set(names).size).toBe(names.length);
    expect(names[0]).toBe("demo");
    expect(() => taskNamed("nonsense")).toThrow(/--task: expected style, gray2color.*, got "nonsense"/);
  });
});

async function write(path: string, width: number, height: number, level: number): Promise<void> {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  const background = { r: level, g: level, b: level };
  await sharp({ create: { width, height, channels: 3, background } }).png().toFile(join(folder, path));
}

const heldOut = [{ name: "One", image: "1.png" }, { name: "Two", image: "2.png" }];
const domains = { A: "photographs", B: "posters" };
const at = (path: string): string => join(folder, path);

describe("held-out images", () => {
  test("with true translations are resized, and compared before and after", async () => {
    for (const { image } of heldOut) {
      await write(`data/testA/${image}`, 8, 8, 0);
      await write(`data/testB/${image}`, 8, 8, 255);
      await write(`run/test/fake_B/${image}`, 4, 4, 153);
    }
    await prepareHeldOut(at("data"), at("run"), heldOut, 4);
    const set = await compareHeldOut(at("run"), "AtoB", domains, heldOut);
    expect(set.distances).toEqual({ untranslated: 2, translated: expect.closeTo(0.8, 6) });
    expect(set.rows[1]).toEqual({ name: "two", real: "test/real_A/2.png", fake: "test/fake_B/2.png", truth: "test/real_B/2.png" });
    expect([set.from, set.to]).toEqual(["photographs", "posters"]);
    await writeHeldOutGrid(at("grid.png"), at("run"), [set]);
    // Two columns and three rows of 64 pixels, with two pixels between them.
    expect(await decodeImage(at("grid.png"), 3)).toMatchObject({ width: 130, height: 196 });
  });

  test("without true translations keep their size, and are only shown", async () => {
    for (const { image } of heldOut) {
      await write(`data/testA/${image}`, 80, 50, 0);
      await write(`run/test/fake_B/${image}`, 80, 50, 100);
    }
    await prepareHeldOut(at("data"), at("run"), heldOut, 4);
    expect(await decodeImage(join(translationFolders(at("run"), "AtoB").input, "1.png"), 3)).toMatchObject({ width: 80, height: 50 });
    const set = await compareHeldOut(at("run"), "AtoB", domains, heldOut);
    expect(set.distances).toBeUndefined();
    expect(set.rows[0]).toEqual({ name: "one", real: "test/real_A/1.png", fake: "test/fake_B/1.png" });
    await writeHeldOutGrid(at("grid.png"), at("run"), [set]);
    expect(await decodeImage(at("grid.png"), 3)).toMatchObject({ width: 162, height: 102 });
  });
});

test("of a wallpaper in several sizes, the largest landscape picture is taken", async () => {
  for (const name of ["1080x1920.png", "640x480.jpg", "5120x2880.png", "readme.txt"]) {
    mkdirSync(at("Altai/contents/images"), { recursive: true });
    writeFileSync(at(`Altai/contents/images/${name}`), "");
  }
  expect(await pictureAt(at("Altai/contents/images"))).toBe(at("Altai/contents/images/5120x2880.png"));
  expect(await pictureAt(at("Altai/contents/images/640x480.jpg"))).toBe(at("Altai/contents/images/640x480.jpg"));
  expect(await pictureAt(at("Volna/contents/images"))).toBeUndefined();
  mkdirSync(at("empty"));
  expect(await pictureAt(at("empty"))).toBeUndefined();
});

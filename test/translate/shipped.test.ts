import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readWeightFile } from "../../src/io/read-weights.js";
import { networkFiles } from "../../src/run/network-files.js";
import { generatorsFolder, modelPath, readAbout, shippedNames } from "../../src/run/shipped.js";
import { translate } from "../../src/translate/translate.js";
import { cyclegan } from "../cli/run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-shipped-"));
const input = join(folder, "x.png");
beforeAll(async () => {
  await sharp({ create: { width: 160, height: 80, channels: 3, background: "gold" } }).png().toFile(input);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(shippedNames())("the generator %s of the package", (name) => {
  test("is a run with two generators in 16 bits, and says what it translates", async () => {
    const files = networkFiles(join(generatorsFolder, name), "latest");
    expect(Object.keys(files)).toHaveLength(2);
    for (const path of Object.values(files)) {
      const { tensors } = await readWeightFile(path ?? "");
      expect([...tensors.values()].filter(({ dtype }) => dtype !== "F16")).toEqual([]);
    }
    expect(readAbout(join(generatorsFolder, name)).domains).not.toEqual({ A: "", B: "" });
    expect(readFileSync(join(generatorsFolder, name, "README.md"), "utf8")).toMatch(/licen[cs]e/i);
  });

  test.each(["AtoB", "BtoA"] as const)("translates %s at the size of its training, and says so", async (direction) => {
    const messages: string[] = [];
    const output = join(folder, `${name}-${direction}.png`);
    const { written } = await translate({ model: name, direction, input, output }, { onMessage: (text) => void messages.push(text) });
    expect(written).toBe(1);
    expect(await sharp(output).metadata()).toMatchObject({ width: 128, height: 64 });
    expect(messages).toContain(`${name} was trained on images of 64 pixels. Images are resized to that; --scale 1 keeps their size.`);
  });

  test("keeps the size with --scale 1", async () => {
    const output = join(folder, `${name}-same.png`);
    await translate({ model: name, direction: "AtoB", input, output, scale: 1 });
    expect(await sharp(output).metadata()).toMatchObject({ width: 160, height: 80 });
  });
});

test("a folder of the name comes first, and a name that is neither is refused with those there are", async () => {
  mkdirSync(join(folder, "emoji"));
  const { stderr } = await cyclegan(folder, "translate", "--model", "emoji", "--input", "x.png", "--output", "y.png");
  expect(stderr).toContain("emoji: expected the folder of a run, or of the reference's checkpoints, got one without config.json.");
  expect(() => modelPath("emojis")).toThrow('emojis: expected the folder of a run, as in runs/<name>, a file of weights, or the name "emoji", got nothing there.');
});

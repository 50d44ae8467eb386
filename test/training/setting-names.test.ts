import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { UsageError } from "../../src/errors.js";
import { readConfigFile } from "../../src/run/config-file.js";
import { trainConfig } from "../../src/run/options.js";
import { readRunConfig } from "../../src/run/folder.js";
import { train } from "../../src/training/train.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-settings-"));
afterAll(() => rmSync(folder, { recursive: true }));

const misspelt = { dataroot: "d", nEpoch: 3 };
const unheardOf = { dataroot: "d", sparkles: true };

test("train refuses a setting that there is not, before anything else, and names the nearest", async () => {
  await expect(train(misspelt)).rejects.toThrow(
    new UsageError('train: there is no setting "nEpoch". Did you mean "nEpochs"?'),
  );
  await expect(train(unheardOf)).rejects.toThrow(/there is no setting "sparkles"\. Settings are named as in a run's config\.json\./);
});

test("a --config file as well; a run's own config.json may have more, of another version", () => {
  const path = join(folder, "config.json");
  writeFileSync(path, JSON.stringify(misspelt));
  expect(() => readConfigFile(path)).toThrow(`--config ${path}: there is no setting "nEpoch". Did you mean "nEpochs"?`);
  mkdirSync(join(folder, "checkpoints"));
  expect(readRunConfig(folder)).toEqual(trainConfig({ dataroot: "d" }));
});

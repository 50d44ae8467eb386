import { mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { trainConfig } from "../../src/run/options.js";
import { resumedConfig } from "../../src/run/resume.js";
import { createRunFolder } from "../../src/run/folder.js";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "cyclegan-resumed-")));
createRunFolder(trainConfig({ dataroot: "d", name: "zebra", runsDir: join(folder, "runs") }));
symlinkSync(join(folder, "runs", "zebra"), join(folder, "link"));
afterAll(() => rmSync(folder, { recursive: true }));

// [current folder, what is resumed, name, where runs live]
test.each([
  ["", "runs/zebra", "zebra", "runs"],
  ["", "runs/zebra/", "zebra", "runs"],
  ["", "runs/zebra/.", "zebra", "runs"],
  ["", "./runs/../runs/zebra", "zebra", "runs"],
  ["", "link", "link", "."],
  ["runs", "zebra", "zebra", "."],
  ["runs/zebra", ".", "zebra", ".."],
  ["runs/zebra", "../zebra", "zebra", ".."],
  ["runs/zebra/samples", "..", "zebra", join("..", "..")],
  ["runs", join(folder, "runs", "zebra", "."), "zebra", join(folder, "runs")],
])("in %j, --resume %s is the run where it lies", (current, path, name, runsDir) => {
  const before = process.cwd();
  process.chdir(join(folder, current));
  try {
    expect(resumedConfig(path)).toMatchObject({ name, runsDir });
  } finally {
    process.chdir(before);
  }
});

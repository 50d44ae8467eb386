/**
 * Trains the golden runs on this driver, says what changed and writes test/golden/golden.json anew; what is recorded of
 * other drivers stays.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeGoldenImages } from "../test/golden/golden-images.js";
import { readGolden, recordDifferences, writeGolden } from "../test/golden/golden-record.js";
import { trainGolden } from "../test/golden/golden-runs.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-golden-"));
try {
  makeGoldenImages(join(folder, "data"));
  const [defaults, vanilla, smallData] = [
    await trainGolden(folder, "defaults"),
    await trainGolden(folder, "vanilla"),
    await trainGolden(folder, "smallData"),
  ];
  const { driver } = defaults;
  const runs = { defaults: defaults.run, vanilla: vanilla.run, smallData: smallData.run };
  const golden = readGolden();
  const before = golden[driver];
  const changes = before ? recordDifferences(before, runs) : ["this driver is recorded for the first time"];
  console.log(`${driver}: ${changes.length === 0 ? "nothing changed" : "recorded anew"}`);
  for (const change of changes) console.log(`  ${change}`);
  if (changes.length > 0) writeGolden({ ...golden, [driver]: runs });
} finally {
  rmSync(folder, { recursive: true });
}

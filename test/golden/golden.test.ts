/**
 * Trains three configurations for 60 steps and compares every bit of their losses and weights with golden.json.
 *
 * A refactoring must pass unchanged. After a change of results that is intended, `npm run golden:record` writes the record
 * anew. The bits depend on the driver's compiler, so each record belongs to one version of one driver. On any other driver,
 * the first lines of the log must agree within rounding, and the comparison of bits is skipped with a note that names the
 * driver at hand and those recorded.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeGoldenImages } from "./golden-images.js";
import { beyondRounding, differences, readGolden } from "./golden-record.js";
import { columns, configurationNames, trainGolden, type GoldenOutcome, type GoldenRun } from "./golden-runs.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-golden-"));
const golden = readGolden();

beforeAll(() => makeGoldenImages(join(folder, "data")));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(configurationNames)("%s", (name) => {
  let outcome: GoldenOutcome;
  beforeAll(async () => {
    outcome = await trainGolden(folder, name);
    // Sixty steps take two minutes on SwiftShader if another process has the other core.
  }, 300_000);

  test("begins as on every recorded driver, within rounding", () => {
    expect(Object.keys(golden).length).toBeGreaterThan(0);
    for (const [driver, runs] of Object.entries(golden)) expect(beyondRounding(runs[name], outcome.run), driver).toEqual([]);
  });

  test("has the losses and weights that are recorded, to the bit", ({ skip }) => {
    const recorded = golden[outcome.driver];
    if (!recorded) return skip(`"${outcome.driver}" is none of the drivers recorded: ${Object.keys(golden).join("; ")}`);
    expect(differences(recorded[name], outcome.run)).toEqual([]);
  });
});

describe("the comparison", () => {
  const first = [1, 1, 2e-4, 0.5, 0.5, 5, 2.5, 0.5, 0.5, 5, 2.5];
  const run: GoldenRun = { losses: [first, [5, ...first.slice(1)]], weights: { "a.safetensors": "00", "b.safetensors": "11" } };
  const changed = (line: number, column: (typeof columns)[number], factor: number): GoldenRun => {
    const scaled = (values: readonly number[]): number[] => values.map((value, at) => (columns[at] === column ? value * factor : value));
    return { ...run, losses: run.losses.map((values, index) => (index === line ? scaled(values) : values)) };
  };

  test("sees a last bit, a line too few, a file of other bits and one that is not there", () => {
    expect(differences(run, run)).toEqual([]);
    expect(differences(run, changed(1, "idt_B", 1 + 2 ** -23))).toEqual([`step 5, idt_B: 2.5 is now ${2.5 * (1 + 2 ** -23)}`]);
    expect(differences(run, { ...run, losses: [first] })).toHaveLength(columns.length);
    expect(differences(run, { ...run, weights: { "a.safetensors": "01" } })).toEqual([
      "a.safetensors: 00 is now 01",
      "b.safetensors: 11 is now no file",
    ]);
  });

  test("of other drivers allows rounding and no more", () => {
    expect(beyondRounding(run, changed(0, "D_A", 1 + 5e-6))).toEqual([]);
    expect(beyondRounding(run, changed(0, "D_A", 1 + 2e-5))).toHaveLength(1);
    expect(beyondRounding(run, changed(1, "cycle_B", 1 - 5e-4))).toEqual([]);
    expect(beyondRounding(run, changed(1, "cycle_B", 1 - 2e-3))).toHaveLength(1);
    expect(beyondRounding(run, changed(1, "G_A", Number.NaN))).toHaveLength(1);
    expect(beyondRounding(run, { ...run, losses: [first] })).toHaveLength(columns.length);
  });
});

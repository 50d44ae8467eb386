import { readFileSync, writeFileSync } from "node:fs";
import { columns, configurationNames, type ConfigurationName, type GoldenRun } from "./golden-runs.js";

/** What one driver computed, by configuration. */
export type DriverRecord = Readonly<Record<ConfigurationName, GoldenRun>>;

/** By the driver's name and version. */
export type GoldenRecord = Readonly<Record<string, DriverRecord>>;

const file = new URL("golden.json", import.meta.url);

/** What is recorded in golden.json. */
export function readGolden(): GoldenRecord {
  return (JSON.parse(readFileSync(file, "utf8")) as { drivers: GoldenRecord }).drivers;
}

/** Writes golden.json: a line for each line of a log and for each file of weights, so that a commit shows what changed. */
export function writeGolden(drivers: GoldenRecord): void {
  const lineArrays = JSON.stringify({ columns, drivers }, undefined, 1).replace(/\[\s+([^[\]{}]*?)\s+\]/g, (_, values: string) => {
    return `[${values.replace(/\s+/g, " ")}]`;
  });
  writeFileSync(file, `${lineArrays}\n`);
}

/** What differs between two runs, a line each; none where they agree in every bit. */
export function differences(expected: GoldenRun, got: GoldenRun): string[] {
  const lines: string[] = [];
  for (let index = 0; index < Math.max(expected.losses.length, got.losses.length); index++) {
    const [old, now] = [expected.losses[index], got.losses[index]];
    for (const [column, name] of columns.entries()) {
      const [before, after] = [old?.[column], now?.[column]];
      if (before !== after) lines.push(`step ${old?.[0] ?? now?.[0]}, ${name}: ${before} is now ${after}`);
    }
  }
  for (const name of new Set([...Object.keys(expected.weights), ...Object.keys(got.weights)])) {
    const [before, after] = [expected.weights[name], got.weights[name]];
    if (before !== after) lines.push(`${name}: ${before ?? "no file"} is now ${after ?? "no file"}`);
  }
  return lines;
}

/** What differs between two records of a driver; each line begins with the configuration's name. */
export function recordDifferences(expected: DriverRecord, got: DriverRecord): string[] {
  return configurationNames.flatMap((name) => differences(expected[name], got[name]).map((line) => `${name}: ${line}`));
}

/**
 * How far, relative to its value, a loss may be from that of another driver, by step.
 *
 * The bounds are those of the comparison with PyTorch in test/agreement. Step 1 is a forward pass of the same weights: sums
 * in another order differ by some 10⁻⁷ a layer. Lavapipe and SwiftShader differ by at most 7·10⁻⁷; 10⁻⁵ is allowed.
 * Adam's first steps then move each weight by the learning rate, even where rounding decides the sign of its gradient: the
 * two drivers differ by at most 10⁻⁵ at step 5; 10⁻³ is allowed. At step 15 they differ by 4·10⁻², so later lines can only
 * be compared on one driver.
 */
const ALLOWED: ReadonlyMap<number, number> = new Map([
  [1, 1e-5],
  [5, 1e-3],
]);

/** The losses that are further from another driver's than rounding explains, a line each. */
export function beyondRounding(expected: GoldenRun, got: GoldenRun): string[] {
  return [...ALLOWED].flatMap(([step, allowed]) => {
    const [old, now] = [expected, got].map(({ losses }) => losses.find(([at]) => at === step));
    return columns.flatMap((name, column) => {
      const [before, after] = [old?.[column] ?? Number.NaN, now?.[column] ?? Number.NaN];
      const isClose = Math.abs(after - before) <= allowed * Math.abs(before);
      return isClose ? [] : [`step ${step}, ${name}: expected ${before} ± ${allowed} of it, got ${after}`];
    });
  });
}

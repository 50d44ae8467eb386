import { UsageError } from "../src/errors.js";
import { isJsonObject, type JsonObject } from "../src/io/parse-json.js";
import type { AdapterReport } from "../src/bench/report.js";
import type { Report } from "./report.js";

/** The parts of a report that are compared. */
export interface Comparable {
  readonly adapter: AdapterReport;
  readonly processor: string;
  readonly cores: number;
  readonly figures: ReadonlyMap<string, Figure>;
}

export interface Figure {
  readonly value: number;
  readonly unit: "ms" | "µs" | "MiB" | "GFLOP/s" | "GB/s" | "";
}

/** A figure in both runs; `ratio` is new / old. */
export interface ComparedRow extends Omit<Figure, "value"> {
  readonly name: string;
  readonly old: number;
  readonly now: number;
  readonly ratio: number;
}

export interface Comparison {
  /** Sentences on how the machines differ. Empty if they do not. */
  readonly differences: readonly string[];
  readonly rows: readonly ComparedRow[];
  /** Figures that only one run has. */
  readonly unmatched: readonly string[];
}

const MEBIBYTE = 2 ** 20;

function objectsIn(list: unknown): JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

/** The figures of a report by their names in the tables. */
function figuresOf(report: JsonObject): Map<string, Figure> {
  const figures = new Map<string, Figure>();
  const take = (name: string, value: unknown, unit: Figure["unit"], scale = 1): void => {
    if (typeof value === "number") figures.set(name, { value: value / scale, unit });
  };
  if (isJsonObject(report["limits"])) {
    take("limit: multiply-add", report["limits"]["arithmetic"], "GFLOP/s");
    take("limit: copy", report["limits"]["copy"], "GB/s");
  }
  for (const { name, milliseconds } of objectsIn(report["kernels"])) take(String(name), milliseconds, "ms");
  take("host cost of a dispatch", report["dispatch"], "µs");
  for (const { name, ...step } of objectsIn(report["steps"])) {
    const part = (what: string): string => `${String(name)}: ${what}`;
    take(part("step"), step["milliseconds"], "ms");
    take(part("dispatches"), step["dispatches"], "");
    take(part("peak memory"), step["peakBytes"], "MiB", MEBIBYTE);
    for (const start of ["cold", "warm"]) {
      const first = step[start];
      if (isJsonObject(first)) take(part(`first step, ${start}`), first["milliseconds"], "ms");
    }
  }
  return figures;
}

/** Parses a file that `--json` wrote. Throws a UsageError that begins with `where` for anything else. */
export function parseComparable(text: string, where: string): Comparable {
  const wrong = (got: string) => new UsageError(`${where}: expected a file that --json wrote, got ${got}.`);
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    throw wrong(JSON.stringify(text.slice(0, 40)));
  }
  if (!isJsonObject(report) || !isJsonObject(report["adapter"])) throw wrong("JSON without an adapter");
  const { processor } = report;
  const { name, driver, isCpu } = report["adapter"];
  if (typeof name !== "string" || typeof driver !== "string") throw wrong("an adapter without name or driver");
  const adapter = { name, driver, isCpu: isCpu === true };
  return { adapter, processor: typeof processor === "string" ? processor : "unknown", cores: Number(report["cores"]), figures: figuresOf(report) };
}

/** Returns the comparable parts of this run's report. */
export function comparableOf(report: Report): Comparable {
  return parseComparable(JSON.stringify(report), "this run");
}

/** Compares the figures of two runs, in the order of the new run. */
export function compareRuns(old: Comparable, now: Comparable): Comparison {
  const differences: string[] = [];
  const differ = (what: string, before: string, after: string): void => {
    if (before !== after) differences.push(`${what}: ${before} then, ${after} now`);
  };
  differ("adapter", old.adapter.name, now.adapter.name);
  differ("driver", old.adapter.driver, now.adapter.driver);
  differ("processor", `${old.processor} × ${old.cores}`, `${now.processor} × ${now.cores}`);
  const rows: ComparedRow[] = [];
  const unmatched = [...old.figures.keys()].filter((name) => !now.figures.has(name));
  for (const [name, { value, unit }] of now.figures) {
    const before = old.figures.get(name)?.value;
    if (before === undefined) unmatched.push(name);
    else rows.push({ name, unit, old: before, now: value, ratio: value / before });
  }
  return { differences, rows, unmatched };
}

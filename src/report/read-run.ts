import { readFile, readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { CheckpointError } from "../errors.js";
import { readTranslations } from "./translations.js";
import type { TranslationSet } from "./translations.js";

export type LogRow = Readonly<Record<string, number>>;

export interface Sample {
  readonly step: number;
  /** Relative to the run's folder, as a URL. */
  readonly path: string;
}

/** What a run's folder holds, as far as its report shows it. */
export interface RunData {
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly log: readonly LogRow[];
  readonly samples: readonly Sample[];
  readonly translations: readonly TranslationSet[];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The numbers of every complete line: the last one may be half written while the run goes on. */
export function parseLog(text: string): LogRow[] {
  return text.split("\n").flatMap((line) => {
    const row = parseObject(line);
    if (row === undefined || typeof row["step"] !== "number") return [];
    const numbers = Object.entries(row).filter((entry): entry is [string, number] => typeof entry[1] === "number");
    return [Object.fromEntries(numbers)];
  });
}

/** Means over equal runs of rows, so that a long training does not make a heavy page; `step` becomes the run's last. */
export function thinLog(rows: readonly LogRow[], limit: number): LogRow[] {
  const width = Math.ceil(rows.length / limit);
  if (width <= 1) return [...rows];
  return Array.from({ length: Math.ceil(rows.length / width) }, (_, index) => {
    const bucket = rows.slice(index * width, (index + 1) * width);
    const last = bucket.at(-1) ?? {};
    const means = Object.keys(last).map((key): [string, number] => {
      const values = bucket.flatMap((row) => row[key] ?? []);
      return [key, values.reduce((sum, value) => sum + value, 0) / values.length];
    });
    return { ...Object.fromEntries(means), step: last["step"] ?? 0 };
  });
}

/** Empty when the file is not there yet. */
function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

async function listSamples(runFolder: string): Promise<Sample[]> {
  const names = await readdir(join(runFolder, "samples")).catch(() => []);
  const samples = names.flatMap((name) => {
    const digits = /^step-(\d+)\.png$/.exec(name)?.[1];
    return digits === undefined ? [] : [{ step: Number(digits), path: `samples/${name}` }];
  });
  return samples.sort((a, b) => a.step - b.step);
}

/** Everything the report of a run shows; throws a CheckpointError when there is no config.json. */
export async function readRun(runFolder: string): Promise<RunData> {
  const settings = parseObject(await readText(join(runFolder, "config.json")));
  if (settings === undefined) {
    throw new CheckpointError(`${runFolder}: expected the folder of a run, got one without a readable config.json.`);
  }
  return {
    name: basename(resolve(runFolder)),
    settings,
    log: parseLog(await readText(join(runFolder, "log.jsonl"))),
    samples: await listSamples(runFolder),
    translations: await readTranslations(runFolder),
  };
}

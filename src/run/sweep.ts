/** The runs of a sweep: every combination of the values that a file lists, or the lines of a file. */
import { readFileSync } from "node:fs";
import { parse, YAMLParseError } from "yaml";
import { UsageError } from "../errors.js";
import { isJsonObject } from "../io/parse-json.js";
import type { Settings } from "../models/model.js";
import { checkSettings } from "./config-file.js";
import { checkRunName } from "./folder.js";

/** The most runs of a sweep. More are a mistake in the file. */
const MOST = 10_000;

/**
 * The settings of the runs in a file, each with a name that no other has.
 *
 * A file that ends in .jsonl has the settings of a run in each line. Any other is YAML, or JSON, which is YAML as well: one mapping of
 * settings, in which a list stands for several values. The runs are all combinations; the values of the last list change fastest. A
 * run is named after the file's `name` and its own values, as in `zebra-lr-0.001`.
 *
 * Throws a UsageError that names the file, and the line or the run, for anything that cannot be trained.
 */
export function readSweep(path: string): readonly SweptSettings[] {
  const text = readText(path);
  const runs = path.endsWith(".jsonl") ? runsInLines(text, path) : combinations(parseYaml(text, path), path);
  if (runs.length === 0) throw new UsageError(`${path}: expected the settings of runs, got none.`);
  const names = new Set<unknown>();
  for (const { where, settings } of runs) {
    checkSettings(settings, where);
    checkRunName(settings.name, `${where}: name`);
    if (names.has(settings.name)) throw new UsageError(`${where}: expected a name of its own, got "${settings.name}" again.`);
    names.add(settings.name);
  }
  return runs.map(({ settings }) => settings);
}

/** The settings of a run, without those that have their defaults. */
export type SweptSettings = Settings & { readonly name: string };

interface SweptRun {
  /** Where its settings are, for messages. */
  readonly where: string;
  readonly settings: SweptSettings;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`${path}: expected a file of settings, got ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function parseYaml(text: string, path: string): Settings {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new UsageError(`${path}: expected YAML, got ${error.message.split("\n")[0]}`);
  }
  if (isJsonObject(value)) return value;
  throw new UsageError(`${path}: expected settings with their values, such as "lr: [0.0002, 0.001]", got ${JSON.stringify(value)?.slice(0, 40)}.`);
}

/** The runs of a file with one in each line. A run without a name is named after the number of its line. */
function runsInLines(text: string, path: string): readonly SweptRun[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const where = `${path}: line ${index + 1}`;
    const { name = `run-${index + 1}`, ...settings } = parseYaml(line, where);
    return [{ where, settings: { ...settings, name: checkedName(name, where) } }];
  });
}

function checkedName(name: unknown, where: string): string {
  if (typeof name === "string") return name;
  throw new UsageError(`${where}: name: expected a text, got ${JSON.stringify(name)}.`);
}

/** A value in the name of a run, without what a folder's name cannot have. */
function inName(value: unknown): string {
  return (typeof value === "string" ? value : JSON.stringify(value)).replaceAll(/[^\p{L}\p{N}_.+-]+/gu, "_");
}

function combinations(given: Settings, path: string): readonly SweptRun[] {
  const { name: first = "run", ...settings } = given;
  const name = checkedName(first, path);
  const swept = Object.entries(settings).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  const empty = swept.find(([, values]) => values.length === 0);
  if (empty) throw new UsageError(`${path}: ${empty[0]}: expected a value or a list of several, got an empty list.`);
  const count = swept.reduce((product, [, values]) => product * values.length, 1);
  if (count > MOST) throw new UsageError(`${path}: expected at most ${MOST} runs, got ${count} combinations of ${swept.map(([key]) => key).join(", ")}.`);
  let chosen: readonly (readonly (readonly [key: string, value: unknown])[])[] = [[]];
  for (const [key, values] of swept) chosen = chosen.flatMap((one) => values.map((value) => one.concat([[key, value]])));
  return chosen.map((one) => {
    const own = [name].concat(one.map(([key, value]) => `${key}-${inName(value)}`)).join("-");
    return { where: `${path}: ${own}`, settings: { ...settings, ...Object.fromEntries(one), name: own } };
  });
}

import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CheckpointError, UsageError } from "../errors.js";
import { trainConfig } from "./config.js";
import type { TrainConfig } from "./config.js";
import { parseJsonObject } from "../io/parse-json.js";

/** Where the parts of a run live. */
export interface RunFolder {
  readonly path: string;
  readonly config: string;
  readonly log: string;
  readonly samples: string;
  readonly checkpoints: string;
  readonly report: string;
}

export function runFolder(path: string): RunFolder {
  return {
    path,
    config: join(path, "config.json"),
    log: join(path, "log.jsonl"),
    samples: join(path, "samples"),
    checkpoints: join(path, "checkpoints"),
    report: join(path, "index.html"),
  };
}

/** The grid of images of one step, as in `samples/step-000500.png`. */
export function samplePath(run: RunFolder, step: number): string {
  return join(run.samples, `step-${String(step).padStart(6, "0")}.png`);
}

const runName = /^[\p{L}\p{N}_][\p{L}\p{N}_. +-]*$/u;

/** The run's path; throws when its name is no folder name, or is taken and may not be replaced. Writes nothing. */
export function checkRunFolder(config: Pick<TrainConfig, "name" | "runsDir" | "overwrite">): string {
  const { name, runsDir, overwrite } = config;
  if (!runName.test(name) || name.length > 100 || /[. ]$/.test(name)) {
    throw new UsageError(`--name: expected letters, digits, "_", "-", "+", "." or blanks, got "${name}".`);
  }
  const path = join(runsDir, name);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return path;
  if (!found.isDirectory()) throw new CheckpointError(`${path}: expected a folder, got a file. Use another --name.`);
  const content = readdirSync(path);
  if (content.length > 0 && !content.includes("config.json")) {
    throw new CheckpointError(`${path}: expected a run or nothing, got a folder with other files. Use another --name.`);
  }
  if (!overwrite) {
    throw new CheckpointError(
      `--name ${name}: expected a new name, got that of a run that exists (${path}). ` +
        "Use another --name, or replace that run with --overwrite.",
    );
  }
  return path;
}

/** Makes `<runsDir>/<name>` with its config.json, after removing a run that may be replaced. */
export function createRunFolder(config: TrainConfig): RunFolder {
  const run = runFolder(checkRunFolder(config));
  rmSync(run.path, { recursive: true, force: true });
  for (const folder of [run.path, run.samples, run.checkpoints]) mkdirSync(folder, { recursive: true });
  writeFileSync(run.config, `${JSON.stringify(config, undefined, 2)}\n`);
  return run;
}

/** The settings of a run that exists; throws a CheckpointError that names what is missing. */
export function readRunConfig(path: string): TrainConfig {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new CheckpointError(`${path}: expected the folder of a run, as in runs/<name>, got nothing there.`);
  }
  const { config } = runFolder(path);
  if (!statSync(config, { throwIfNoEntry: false })) {
    throw new CheckpointError(`${path}: expected the folder of a run, got one without config.json.`);
  }
  try {
    return trainConfig(parseJsonObject(readFileSync(config, "utf8"), config));
  } catch (error) {
    if (error instanceof UsageError) throw new CheckpointError(`${config}: ${error.message}`);
    throw error;
  }
}

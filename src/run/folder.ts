/** The folder of a run: its name, the paths of its parts, and its config.json. */
import { mkdirSync, readFileSync, readdirSync, statSync, type Stats } from "node:fs";
import { join } from "node:path";
import { sampleName } from "./sample-name.js";
import { CheckpointError, UsageError } from "../errors.js";
import { trainConfig, type TrainConfig } from "./options.js";
import { parseJsonObject } from "../io/parse-json.js";
import { createCheckpointFolder } from "./checkpoints.js";
import { fileErrorCode, isPartial, removeFolder, sweepLeftovers, writeError, writeFileWhole } from "../io/files.js";
import { refuseLocked } from "./lock.js";

/** The paths of the parts of a run. */
export interface RunFolder {
  readonly path: string;
  readonly config: string;
  /** The record of the processes that trained the run: versions, device, data. */
  readonly record: string;
  readonly log: string;
  readonly metrics: string;
  readonly events: string;
  readonly samples: string;
  readonly checkpoints: string;
  readonly report: string;
}

export function runFolder(path: string): RunFolder {
  return {
    path,
    config: join(path, "config.json"),
    record: join(path, "run.json"),
    log: join(path, "log.jsonl"),
    metrics: join(path, "metrics.jsonl"),
    events: join(path, "events.jsonl"),
    samples: join(path, "samples"),
    checkpoints: join(path, "checkpoints"),
    report: join(path, "index.html"),
  };
}

/** The path of the sample grid of a step, such as `samples/step-000500.png`. */
export function samplePath(run: RunFolder, step: number): string {
  return join(run.samples, sampleName(step));
}

const runName = /^[\p{L}\p{N}_][\p{L}\p{N}_. +-]*$/u;

/** Throws a UsageError, which begins with `where`, for a name that a run's folder cannot have on every system. */
export function checkRunName(name: string, where: string): void {
  if (runName.test(name) && name.length <= 100 && !/[. ]$/.test(name)) return;
  throw new UsageError(`${where}: expected at most 100 letters, digits, "_", "-", "+", "." or blanks, got "${name}".`);
}

/** The run's path. Throws if its name is not valid for a folder, or is in use and may not be replaced. Writes nothing. */
export function checkRunFolder(config: Pick<TrainConfig, "name" | "runsDir" | "overwrite">): string {
  const { name, runsDir, overwrite } = config;
  checkRunName(name, "--name");
  const path = join(runsDir, name);
  const found = entryAt(path, runsDir);
  if (found === undefined) return path;
  if (!found.isDirectory()) throw new CheckpointError(`${path}: expected a folder, got a file. Use another --name.`);
  const content = readdirSync(path).filter((name) => !isPartial(name));
  if (content.length === 0) return path;
  if (!content.includes("config.json")) {
    throw new CheckpointError(`${path}: expected a run or nothing, got a folder with other files. Use another --name.`);
  }
  refuseLocked(path);
  if (!overwrite) {
    throw new CheckpointError(
      `--name ${name}: expected a new name, got that of a run that exists (${path}). ` +
        `Use another --name, continue that run with --resume ${path}, or replace it with --overwrite.`,
    );
  }
  return path;
}

/** What is at the run's path, if anything. Throws a CheckpointError if `runsDir` cannot be a folder. */
function entryAt(path: string, runsDir: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    const reason = fileErrorCode(cause) === "ENOTDIR" ? "a file there or above it" : String(cause);
    throw new CheckpointError(`--runs-dir ${runsDir}: expected a folder, or a place for a new one, got ${reason}.`, { cause });
  }
}

/** Creates `<runsDir>/<name>` with its config.json, after removing a run that may be replaced. */
export function createRunFolder(config: TrainConfig): RunFolder {
  const run = runFolder(checkRunFolder(config));
  // A run that was being replaced when its process was killed.
  sweepLeftovers(config.runsDir);
  try {
    removeFolder(run.path);
    mkdirSync(run.path, { recursive: true });
    // This is written first, because only a folder with settings can be resumed or replaced.
    writeRunConfig(run, config);
    mkdirSync(run.samples);
    createCheckpointFolder(run.checkpoints);
  } catch (error) {
    throw writeError(run.path, error);
  }
  return run;
}

/** Writes config.json without `overwrite`, so that `--config` repeats a run without removing it. */
export function writeRunConfig(run: RunFolder, config: TrainConfig): void {
  writeFileWhole(run.config, `${JSON.stringify({ ...config, overwrite: false }, undefined, 2)}\n`);
}

/** The settings of an existing run. Throws a CheckpointError that says what is missing. */
export function readRunConfig(path: string): TrainConfig {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new CheckpointError(`${path}: expected the folder of a run, as in runs/<name>, got nothing there.`);
  }
  const { config } = runFolder(path);
  if (!statSync(config, { throwIfNoEntry: false })) {
    throw new CheckpointError(`${path}: expected the folder of a run, or of the reference's checkpoints, got one without config.json.`);
  }
  try {
    return trainConfig(parseJsonObject(readFileSync(config, "utf8"), config));
  } catch (error) {
    if (error instanceof UsageError) throw new CheckpointError(`${config}: ${error.message}`);
    throw error;
  }
}

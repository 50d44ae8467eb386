/** Finds the checkpoint and the settings with which an interrupted training continues. */
import { readdirSync, rmSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { CheckpointError, DataError, UsageError } from "../errors.js";
import { stepOfSample } from "./sample-name.js";
import { forgetBestAfter } from "./best.js";
import { awaitsFirstCheckpoint, openCheckpointStore, type Checkpoint, type CheckpointStore } from "./checkpoints.js";
import { datasetAt, listData, type DataListing } from "../data/image-folder.js";
import { sweepPartials } from "../io/files.js";
import { keepLines } from "../io/json-lines.js";
import { flagOf } from "../models/options.js";
import { readRunConfig, runFolder, type RunFolder } from "./folder.js";
import { describeChange } from "./image-list.js";
import { lockRun, refuseRunning, type RunLock } from "./lock.js";
import { parseRecord, type LoopRecord } from "./loop-record.js";
import { modelOf, optionsOf, trainConfig, type TrainConfig } from "./options.js";

/** The settings of the run in a folder, with changes, for `train` with `resume`. Throws a CheckpointError when there is none. */
export function resumedConfig(path: string, changes: Readonly<Partial<TrainConfig>> = {}): TrainConfig {
  const full = resolve(path);
  const known = readRunConfig(path);
  const runs = dirname(full);
  const place = { name: basename(full), runsDir: isAbsolute(path) ? runs : relative(".", runs) || "." };
  return { ...known, ...changes, ...place, overwrite: false };
}

function runOf({ runsDir, name }: TrainConfig): RunFolder {
  return runFolder(join(runsDir, name));
}

/**
 * Whether a run was interrupted before the end of its first save, so that resuming it means training it again from its seed.
 * False for a run whose checkpoints are damaged or were removed.
 */
export function hasSavedNothing(config: TrainConfig): boolean {
  const { path, checkpoints } = runOf(config);
  readRunConfig(path);
  return awaitsFirstCheckpoint(checkpoints) || hasOnlySettings(path);
}

/** Whether a run was interrupted while its folder was created. */
function hasOnlySettings(path: string): boolean {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return files.every(({ name }) => name === "config.json");
}

/** Throws if the run has no checkpoint, or was trained with other settings. Reads only manifests. */
export function checkResume(config: TrainConfig): void {
  const { path, checkpoints } = runOf(config);
  readRunConfig(path);
  refuseRunning(path);
  const store = openCheckpointStore(checkpoints, config.keepLast);
  const newest = store.peek() ?? store.load();
  checkChanges(config, parseRecord(newest.record, checkpoints), path);
}

/** Throws a UsageError for an option that a resumed training may not change; see `OptionSpec.changeable`. */
function checkChanges(config: TrainConfig, record: LoopRecord, run: string): void {
  const trained = trainConfig(record.config);
  for (const [key, spec] of Object.entries(optionsOf(modelOf(trained)))) {
    if (spec.changeable === true || config[key] === trained[key]) continue;
    throw new UsageError(
      `${flagOf(key, spec)}: expected ${JSON.stringify(trained[key])}, with which ${run} was trained, ` +
        `got ${JSON.stringify(config[key])}. Resume without this option, or train anew under another --name.`,
    );
  }
}

/** The starting point of a resumed training. */
export interface ResumePoint {
  readonly run: RunFolder;
  readonly store: CheckpointStore;
  readonly checkpoint: Checkpoint;
  readonly record: LoopRecord;
  /** The images as they are now. */
  readonly data: DataListing;
  /** How they differ from those of the checkpoint, in a phrase; undefined if they are the same. */
  readonly change: string | undefined;
  /** Taken before the checkpoint was read, so that no other process saves one meanwhile. */
  readonly lock: RunLock;
}

/**
 * Locks the run of a configuration, and reads its newest whole checkpoint. `onWarning` receives messages about damaged ones.
 *
 * Throws a CheckpointError if there is none or another process trains the run, a UsageError for settings that may not change,
 * and a DataError for other images, unless `allowChangedData`.
 */
export function openResumePoint(config: TrainConfig, onWarning: (text: string) => void, allowChangedData = false): ResumePoint {
  const run = runOf(config);
  const lock = lockRun(run.path);
  try {
    const store = openCheckpointStore(run.checkpoints, config.keepLast);
    const checkpoint = store.load(onWarning);
    const record = parseRecord(checkpoint.record, run.checkpoints);
    checkChanges(config, record, run.path);
    const data = listData(datasetAt(modelOf(config).dataset, config), config);
    const change = data.fingerprint === record.data ? undefined : describeChange(run.checkpoints, record.data, data);
    if (change !== undefined && !allowChangedData) throw otherImages(config, run.path, change);
    return { run, store, checkpoint, record, data, change, lock };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function otherImages({ dataroot, a, b }: TrainConfig, run: string, change: string): DataError {
  return new DataError(
    `${a === "" ? dataroot : `${a} and ${b}`}: expected the images that ${run} was trained on, got others: ${change}. ` +
      "Restore them, say where they are with --dataroot (or --a and --b) and --mask-dir, or go on with the images as they are with --allow-changed-data.",
  );
}

/** Restores a run's folder to its state after the checkpoint's step, as if the training had continued there. */
export function trimRun({ run, store, checkpoint, record }: ResumePoint): void {
  const { step } = checkpoint;
  const upTo = (entry: Readonly<Record<string, unknown>>, last: number): boolean => Number(entry["step"]) <= last;
  keepLines(run.log, (entry) => upTo(entry, record.endLogged ? step - 1 : step));
  const lastMeasured = record.endMeasured ? step - 1 : step;
  keepLines(run.metrics, (entry) => upTo(entry, lastMeasured));
  keepLines(run.events, (entry) => upTo(entry, step));
  const lastShown = record.endShown ? step - 1 : step;
  try {
    for (const name of readdirSync(run.samples)) {
      if ((stepOfSample(name) ?? 0) > lastShown) rmSync(join(run.samples, name));
    }
  } catch (error) {
    throw new CheckpointError(`${run.samples}: expected to remove samples of later steps, got ${String(error)}.`);
  }
  forgetBestAfter(run.checkpoints, lastMeasured);
  store.dropAfter(step);
  for (const folder of [run.path, run.samples]) sweepPartials(folder);
}

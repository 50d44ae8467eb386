import type { Gpu } from "../gpu/gpu.js";
import { openRunReader, type RunReader } from "../report/run-reader.js";
import { openEventFile, type EventFile } from "../report/tensorboard/event-file.js";
import { openCheckpointStore, type CheckpointStore } from "./checkpoints.js";
import type { TrainConfig } from "../training/config.js";
import { appendEvent } from "./events.js";
import { openJsonLines, type JsonLines } from "../io/json-lines.js";
import { trimRun, type ResumePoint } from "./resume.js";
import { createRunFolder, writeRunConfig, type RunFolder } from "./folder.js";
import { lockRun, type RunLock } from "./lock.js";
import { addSession, describeSession } from "./record.js";

/** A run that this process, and no other, writes until it releases the lock. */
export interface OpenRun {
  readonly folder: RunFolder;
  readonly store: CheckpointStore;
  readonly log: JsonLines;
  readonly metrics: JsonLines;
  /** Reads for the page what the other files hold. */
  readonly reader: RunReader;
  /** Absent unless asked for. */
  readonly tensorboard: EventFile | undefined;
  readonly onWarning: (message: string) => void;
  readonly lock: RunLock;
}

type Files = Pick<OpenRun, "log" | "metrics" | "reader" | "tensorboard">;

function openFiles({ path, log, metrics }: RunFolder, { tensorboard }: TrainConfig): Files {
  return {
    log: openJsonLines(log),
    metrics: openJsonLines(metrics),
    reader: openRunReader(path),
    tensorboard: tensorboard ? openEventFile(path) : undefined,
  };
}

/** Makes a run's folder. Throws a CheckpointError where that cannot be. */
export function createOpenRun(config: TrainConfig, gpu: Gpu, data: string, onWarning: (message: string) => void): OpenRun {
  const folder = createRunFolder(config);
  const lock = lockRun(folder.path);
  try {
    addSession(folder.record, describeSession(gpu, data, 0));
    const store = openCheckpointStore(folder.checkpoints, config.keepLast);
    return { folder, store, ...openFiles(folder, config), onWarning, lock };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Opens the folder of a run that goes on: what was written after its checkpoint is taken away. `returns`: it is this
 * process that goes back to it, and says why. Throws a CheckpointError, and changes nothing, where another process has
 * taken the run over.
 */
export function reopenRun(
  config: TrainConfig,
  gpu: Gpu,
  from: ResumePoint,
  returns: boolean,
  onWarning: (message: string) => void,
): OpenRun {
  const { run: folder, store, checkpoint, record, lock } = from;
  const { step } = checkpoint;
  // Another process may have taken the run over while the checkpoint was read.
  lock.check();
  trimRun(from);
  writeRunConfig(folder, config);
  const session = describeSession(gpu, record.data, step);
  const before = addSession(folder.record, session);
  if (before !== undefined && before !== session.adapter) {
    onWarning(`Resumed on another adapter (${session.adapter} after ${before}): results change within rounding.`);
  }
  if (!returns) {
    onWarning(`Resumed after step ${step}.`);
    appendEvent(folder.events, { step, kind: "resumed", message: `resumed after step ${step}` });
  }
  return { folder, store, ...openFiles(folder, config), onWarning, lock };
}

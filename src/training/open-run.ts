/** The folder of a run while this process, and no other, writes it. */
import type { Gpu } from "../gpu/gpu.js";
import { openJsonLines, type JsonLines } from "../io/json-lines.js";
import { presentationOf, type Presentation } from "../report/presentation.js";
import { openRunReader, type RunReader } from "../report/run-reader.js";
import { openEventFile, type EventFile } from "../report/tensorboard/event-file.js";
import { openCheckpointStore, type CheckpointStore } from "../run/checkpoints.js";
import { appendEvent, type RunEvent } from "../run/events.js";
import { createRunFolder, writeRunConfig, type RunFolder } from "../run/folder.js";
import { lockRun, type RunLock } from "../run/lock.js";
import { modelOf, type TrainConfig } from "../run/options.js";
import { addSession, describeSession } from "../run/record.js";
import { trimRun, type ResumePoint } from "../run/resume.js";

/** A run that this process writes until it releases the lock. */
export interface OpenRun {
  readonly folder: RunFolder;
  readonly store: CheckpointStore;
  readonly log: JsonLines;
  readonly metrics: JsonLines;
  /** How its page shows the model. */
  readonly presentation: Presentation;
  /** Reads for the page what the other files hold. */
  readonly reader: RunReader;
  /** Absent unless asked for. */
  readonly tensorboard: EventFile | undefined;
  readonly onWarning: (message: string) => void;
  readonly lock: RunLock;
}

type Files = Pick<OpenRun, "log" | "metrics" | "presentation" | "reader" | "tensorboard">;

function openFiles({ path, log, metrics }: RunFolder, config: TrainConfig): Files {
  const presentation = presentationOf(modelOf(config), config);
  return {
    log: openJsonLines(log),
    metrics: openJsonLines(metrics),
    presentation,
    reader: openRunReader(path, presentation.charts),
    tensorboard: config.tensorboard ? openEventFile(path) : undefined,
  };
}

/** Makes a run's folder. Throws a CheckpointError if that cannot be done. */
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
 * Opens the folder of a run that continues: what was written after its checkpoint is taken away. `returns`: this process
 * itself goes back to the checkpoint, and says why. Throws a CheckpointError, and changes nothing, if another process has
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

/** A run that may not have a folder yet: it is made once the first step has succeeded. */
export interface RunAccess {
  /** The run, made now if it was not before. */
  readonly open: () => OpenRun;
  /** The run, if it was made. */
  readonly opened: () => OpenRun | undefined;
  /** Shows an event, and writes it as soon as there is a folder. */
  readonly report: (event: RunEvent) => void;
}

export function accessRun(existing: OpenRun | undefined, create: () => OpenRun, onMessage: (text: string) => void): RunAccess {
  let run = existing;
  const waiting: RunEvent[] = [];
  const write = ({ folder }: OpenRun): void => {
    for (const event of waiting.splice(0)) appendEvent(folder.events, event);
  };
  return {
    open() {
      run ??= create();
      write(run);
      return run;
    },
    opened: () => run,
    report(event) {
      onMessage(event.message);
      waiting.push(event);
      if (run) write(run);
    },
  };
}

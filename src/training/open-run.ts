/** The folder of a run while only this process writes to it. */
import type { DataListing } from "../data/image-folder.js";
import type { Gpu } from "../gpu/gpu.js";
import { openJsonLines, type JsonLines } from "../io/json-lines.js";
import { presentationOf, type Presentation } from "../report/presentation.js";
import { openRunReader, type RunReader } from "../report/run-reader.js";
import { openEventFile, type EventFile } from "../report/tensorboard/event-file.js";
import { openCheckpointStore, type CheckpointStore } from "../run/checkpoints.js";
import { appendEvent, type RunEvent } from "../run/events.js";
import { createRunFolder, writeRunConfig, type RunFolder } from "../run/folder.js";
import { keepImageList } from "../run/image-list.js";
import { lockRun, type RunLock } from "../run/lock.js";
import { modelOf, type TrainConfig } from "../run/options.js";
import { addSession, describeSession } from "../run/record.js";
import type { WeightFormats } from "../run/weights.js";
import { trimRun, type ResumePoint } from "../run/resume.js";

/** A run that this process writes to until it releases the lock. */
export interface OpenRun {
  readonly folder: RunFolder;
  readonly store: CheckpointStore;
  readonly log: JsonLines;
  readonly metrics: JsonLines;
  /** How the page shows the model. */
  readonly presentation: Presentation;
  /** Reads the other files for the page. */
  readonly reader: RunReader;
  /** Present with `--tensorboard`. */
  readonly tensorboard: EventFile | undefined;
  /** How weights are saved. */
  readonly formats: WeightFormats;
  readonly onWarning: (message: string) => void;
  readonly lock: RunLock;
}

type Files = Pick<OpenRun, "log" | "metrics" | "presentation" | "reader" | "tensorboard" | "formats">;

function openFiles({ path, log, metrics }: RunFolder, config: TrainConfig): Files {
  const presentation = presentationOf(modelOf(config), config);
  return {
    log: openJsonLines(log),
    metrics: openJsonLines(metrics),
    presentation,
    reader: openRunReader(path, presentation.charts),
    tensorboard: config.tensorboard ? openEventFile(path) : undefined,
    formats: { pth: config.savePth },
  };
}

/** Creates the folder of a run. Throws a CheckpointError if that fails. */
export function createOpenRun(config: TrainConfig, gpu: Gpu, data: DataListing, onWarning: (message: string) => void): OpenRun {
  const folder = createRunFolder(config);
  const lock = lockRun(folder.path);
  try {
    addSession(folder.record, describeSession(gpu, data.fingerprint, 0));
    keepImageList(folder.checkpoints, data);
    const store = openCheckpointStore(folder.checkpoints, config.keepLast);
    return { folder, store, ...openFiles(folder, config), onWarning, lock };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Opens the folder of a run that continues, and removes everything that was written after its checkpoint. `returns`: this
 * process itself returns to the checkpoint, and reports why. Throws a CheckpointError, and changes nothing, if another process
 * has taken over the run.
 */
export function reopenRun(
  config: TrainConfig,
  gpu: Gpu,
  from: ResumePoint,
  returns: boolean,
  onWarning: (message: string) => void,
): OpenRun {
  const { run: folder, store, checkpoint, data, change, lock } = from;
  const { step } = checkpoint;
  // Another process may have taken over the run while the checkpoint was read.
  lock.check();
  trimRun(from);
  writeRunConfig(folder, config);
  const session = describeSession(gpu, data.fingerprint, step);
  const before = addSession(folder.record, session);
  if (before !== undefined && before !== session.adapter) {
    onWarning(`Resumed on another adapter (${session.adapter} after ${before}): results change within rounding.`);
  }
  keepImageList(folder.checkpoints, data);
  if (!returns) {
    onWarning(`Resumed after step ${step}.`);
    appendEvent(folder.events, { step, kind: "resumed", message: `resumed after step ${step}` });
  }
  if (!returns && change !== undefined) {
    const message = `The images have changed since step ${step}: ${change}. The training goes on at the same place in their new order.`;
    onWarning(message);
    appendEvent(folder.events, { step, kind: "warning", message });
  }
  return { folder, store, ...openFiles(folder, config), onWarning, lock };
}

/** Access to a run that may not have a folder yet: the folder is created once the first step has succeeded. */
export interface RunAccess {
  /** The run, which is created now if necessary. */
  readonly open: () => OpenRun;
  /** The run, if it has been created. */
  readonly opened: () => OpenRun | undefined;
  /** Reports an event, and writes it as soon as there is a folder. */
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

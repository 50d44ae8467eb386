/** Checkpoints of a run: complete training states, each in a folder. */
import { mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { CheckpointError } from "../errors.js";
import type { JsonObject } from "../io/parse-json.js";
import { loadFloat32, readSafetensors, storeFloat32, writeSafetensors, type StoredTensor } from "../io/safetensors.js";
import type { StateTensor, TrainerState } from "../models/parts/state.js";
import { formatManifest, parseManifest, sha256, type FileRecord, type Manifest } from "./manifest.js";
import { removeFolder, removeQuietly, sweepPartials, writeFileWhole, writeFolderWhole } from "../io/files.js";

/** The state of a training after a step. */
export interface Checkpoint {
  readonly step: number;
  readonly state: TrainerState;
  /** The state of the training loop. */
  readonly record: JsonObject;
}

/** Complete training states in folders such as `step-00001200/`: a manifest, and a safetensors file for each part of the state. */
export interface CheckpointStore {
  /**
   * Writes a checkpoint, and removes the oldest ones if there are more than to keep.
   *
   * The previous one stays until the new one is complete on the disk. Throws a CheckpointError, and changes nothing, if it
   * cannot be written.
   */
  save(checkpoint: Checkpoint): void;
  /**
   * The newest undamaged checkpoint. `onDamaged` receives messages about newer, damaged ones.
   *
   * Throws a CheckpointError if there is none.
   */
  load(onDamaged?: (message: string) => void): Checkpoint;
  /** Step and record of the newest checkpoint with an undamaged manifest. Reads no other file; undefined if there is none. */
  peek(): Pick<Checkpoint, "step" | "record"> | undefined;
  /** Removes the checkpoints after a step, and half-written ones left by a killed process. */
  dropAfter(step: number): void;
}

const manifestName = "manifest.json";
function folderName(step: number): string {
  return `step-${String(step).padStart(8, "0")}`;
}

function stepOf(name: string): number | undefined {
  const digits = /^step-(\d{8,})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** A file that exists until the first checkpoint is complete. */
const awaitingName = ".awaiting-first-checkpoint";

/** Creates the folder of a new run's checkpoints. */
export function createCheckpointFolder(folder: string): void {
  mkdirSync(folder);
  writeFileWhole(join(folder, awaitingName), "");
}

/**
 * Whether a folder has never had a checkpoint, though it may have weights. False if checkpoints were removed or could not be
 * written.
 */
export function awaitsFirstCheckpoint(folder: string): boolean {
  const names = listFolder(folder);
  return names.includes(awaitingName) && names.every((name) => stepOf(name) === undefined);
}

/** `keepLast`: checkpoints kept, at least 1. */
export function openCheckpointStore(folder: string, keepLast: number): CheckpointStore {
  /** Steps with a checkpoint, whole or not, newest first. */
  const steps = (): number[] =>
    listFolder(folder)
      .flatMap((name) => stepOf(name) ?? [])
      .sort((a, b) => b - a);
  const pathOf = (step: number): string => join(folder, folderName(step));
  return {
    save(checkpoint) {
      try {
        writeCheckpoint(folder, checkpoint);
      } finally {
        // Even if the save failed: the weights are then all that is left of the training.
        removeQuietly(join(folder, awaitingName));
      }
      for (const step of steps().slice(keepLast)) removeFolder(pathOf(step));
      // Only this process writes here, so any unfinished file is a leftover.
      sweepPartials(folder);
    },
    load: (onDamaged) => loadNewest(folder, steps(), onDamaged),
    peek() {
      for (const step of steps()) {
        try {
          return readManifest(pathOf(step));
        } catch (error) {
          if (!(error instanceof CheckpointError)) throw error;
        }
      }
      return undefined;
    },
    dropAfter(last) {
      for (const step of steps()) if (step > last) removeFolder(pathOf(step));
      sweepPartials(folder);
    },
  };
}

/** The first undamaged checkpoint. Throws a CheckpointError if there is none. */
function loadNewest(folder: string, steps: readonly number[], onDamaged?: (message: string) => void): Checkpoint {
  const damaged: string[] = [];
  for (const step of steps) {
    try {
      const checkpoint = readCheckpoint(join(folder, folderName(step)));
      for (const message of damaged) onDamaged?.(`${message} The checkpoint of step ${step} is used instead.`);
      return checkpoint;
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      damaged.push(error.message);
    }
  }
  throw noneWhole(folder, damaged);
}

function noneWhole(folder: string, damaged: readonly string[]): CheckpointError {
  const advice = "Train anew, under another --name or with --overwrite.";
  if (damaged.length > 0) {
    return new CheckpointError(`${folder}: expected a whole checkpoint, got only damaged ones. ${damaged.join(" ")} ${advice}`);
  }
  return new CheckpointError(`${folder}: expected a checkpoint to resume from, got none. ${advice}`);
}

function listFolder(folder: string): string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
}

function writeCheckpoint(folder: string, { step, state, record }: Checkpoint): void {
  writeFolderWhole(join(folder, folderName(step)), (partial) => {
    const files: Record<string, FileRecord> = {};
    for (const [part, tensors] of partsOf(state.tensors)) {
      const content = writeSafetensors(tensors);
      writeFileWhole(join(partial, `${part}.safetensors`), content);
      files[`${part}.safetensors`] = { bytes: content.length, sha256: sha256(content) };
    }
    const { counters, random } = state;
    writeFileWhole(join(partial, manifestName), formatManifest({ step, counters, random, record, files }));
  });
}

/** The tensors, grouped by the part of their names before the slash. */
function partsOf(tensors: TrainerState["tensors"]): Map<string, Map<string, StoredTensor>> {
  const parts = new Map<string, Map<string, StoredTensor>>();
  for (const [name, { shape, values }] of tensors) {
    const slash = name.indexOf("/");
    const part = name.slice(0, slash);
    const tensors = parts.get(part) ?? new Map<string, StoredTensor>();
    parts.set(part, tensors.set(name.slice(slash + 1), storeFloat32(shape, values)));
  }
  return parts;
}

function readManifest(path: string): Manifest {
  const file = join(path, manifestName);
  return parseManifest(new TextDecoder().decode(readWhole(file)), file);
}

function readCheckpoint(path: string): Checkpoint {
  const { step, counters, random, record, files } = readManifest(path);
  const tensors = new Map<string, StateTensor>();
  for (const [name, wanted] of Object.entries(files)) {
    const file = join(path, name);
    const content = readWhole(file);
    if (content.length !== wanted.bytes) {
      throw new CheckpointError(`${file}: expected ${wanted.bytes} bytes, got ${content.length}. The file is damaged.`);
    }
    if (sha256(content) !== wanted.sha256) {
      throw new CheckpointError(`${file}: expected the checksum in ${manifestName}, got another. The file is damaged.`);
    }
    for (const [tensor, stored] of readSafetensors(content, file)) {
      const values = loadFloat32(stored, `${file}: ${tensor}`);
      tensors.set(`${name.replace(/\.safetensors$/, "")}/${tensor}`, { shape: stored.shape, values });
    }
  }
  return { step, record, state: { tensors, counters, random } };
}

function readWhole(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(`${path}: expected a file of a checkpoint, got ${reason}.`, { cause });
  }
}

import { createHash } from "node:crypto";
import { CheckpointError } from "../errors.js";
import { isJsonObject, parseJsonObject, type JsonObject } from "../io/parse-json.js";
import type { TrainerState } from "../models/parts/state.js";
import type { RandomState } from "../random.js";

/** A file of a checkpoint, for comparison with what is on the disk. */
export interface FileRecord {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** manifest.json of a checkpoint: all of it that is no tensor. */
export interface Manifest {
  readonly step: number;
  readonly counters: TrainerState["counters"];
  readonly random: TrainerState["random"];
  /** What the training loop wants to know again. */
  readonly record: JsonObject;
  readonly files: Readonly<Record<string, FileRecord>>;
}

/** Raised when a reader of the version before would continue wrongly. */
const formatVersion = 1;

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The text of a manifest, with a checksum of itself. */
export function formatManifest(manifest: Manifest): string {
  const content = { format: "cyclegan-webgpu checkpoint", version: formatVersion, ...manifest };
  return `${JSON.stringify({ ...content, sha256: sha256(JSON.stringify(content)) }, undefined, 2)}\n`;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isRandomState(value: unknown): value is RandomState {
  if (!isJsonObject(value) || !isCount(value["counter"])) return false;
  const { key } = value;
  return Array.isArray(key) && key.length === 2 && key.every(isCount);
}

function isFileRecord(value: unknown): value is FileRecord {
  return isJsonObject(value) && isCount(value["bytes"]) && typeof value["sha256"] === "string";
}

function isRecordOf<T>(value: unknown, isOne: (one: unknown) => one is T): value is Readonly<Record<string, T>> {
  return isJsonObject(value) && Object.values(value).every(isOne);
}

/** Reads what `formatManifest` wrote; throws a CheckpointError that begins with `where` when it is not as it was written. */
export function parseManifest(text: string, where: string): Manifest {
  const { sha256: checksum, ...content } = parseJsonObject(text, where);
  if (checksum !== sha256(JSON.stringify(content))) {
    throw new CheckpointError(`${where}: expected a manifest with the checksum of its content, got another. It is damaged.`);
  }
  const { version, step, counters, random, record, files } = content;
  if (version !== formatVersion) {
    throw new CheckpointError(
      `${where}: expected version ${formatVersion}, got ${JSON.stringify(version)}. Use the version of cyclegan that wrote it.`,
    );
  }
  if (
    isCount(step) &&
    isRecordOf(counters, isCount) &&
    isRecordOf(random, isRandomState) &&
    isJsonObject(record) &&
    isRecordOf(files, isFileRecord)
  ) {
    return { step, counters, random, record, files };
  }
  throw new CheckpointError(`${where}: expected step, counters, random, record and files, got others. It is damaged.`);
}

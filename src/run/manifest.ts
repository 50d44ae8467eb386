/** The manifest of a checkpoint: everything in it but the tensors, with checksums of all files. */
import { createHash } from "node:crypto";
import { CheckpointError } from "../errors.js";
import { isJsonObject, parseJsonObject, type JsonObject } from "../io/parse-json.js";
import type { TrainerState } from "../models/parts/state.js";
import type { RandomState } from "../random.js";

/** Size and checksum of a file of a checkpoint. */
export interface FileRecord {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** The content of manifest.json. */
export interface Manifest {
  readonly step: number;
  readonly counters: TrainerState["counters"];
  readonly random: TrainerState["random"];
  /** The state of the training loop. */
  readonly record: JsonObject;
  readonly files: Readonly<Record<string, FileRecord>>;
}

/** Increased if readers of the previous version would continue wrongly. */
const formatVersion = 1;

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The text of a manifest, with a checksum of its own content. */
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

/** Reads a manifest that `formatManifest` wrote. Throws a CheckpointError that begins with `where` for a damaged text. */
export function parseManifest(text: string, where: string): Manifest {
  const { sha256: checksum, ...content } = parseJsonObject(text, where);
  if (checksum !== sha256(JSON.stringify(content))) {
    throw new CheckpointError(`${where}: expected a manifest with the checksum of its content, got another. The file is damaged.`);
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
  throw new CheckpointError(`${where}: expected step, counters, random, record and files, got others. The file is damaged.`);
}

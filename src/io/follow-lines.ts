/** Follows a growing file of JSON lines: reads the whole lines that are new since a position. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { isJsonObject, type JsonObject } from "./parse-json.js";

/** A position at the end of a line: the number of bytes before it, and a digest of the last of them. */
export interface Place {
  readonly offset: number;
  readonly digest: string;
}

export const start: Place = { offset: 0, digest: "" };

const digestBytes = 256;
const chunkBytes = 1 << 20;

/** The position as text, such as `1024-9f86d081`. The start is `0-`. */
export function formatPlace({ offset, digest }: Place): string {
  return `${offset}-${digest}`;
}

/** The position that a text names; the start for any other text. */
export function parsePlace(text: string): Place {
  const [, offset, digest] = /^(\d{1,15})-([0-9a-f]{8})$/.exec(text) ?? [];
  return offset === undefined || digest === undefined ? start : { offset: Number(offset), digest };
}

export interface NewLines {
  /** Whether the file was replaced since the position was taken. `lines` are then all its lines. */
  readonly replaced: boolean;
  readonly lines: readonly JsonObject[];
  /** Where to continue. */
  readonly place: Place;
}

function parseLine(text: string): JsonObject[] {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? [value] : [];
  } catch {
    return [];
  }
}

/** The object of every whole line. Lines that are not objects are left out. */
export function parseLines(text: string): JsonObject[] {
  return text.split("\n").flatMap(parseLine);
}

function digestOf(bytes: Uint8Array): string {
  return bytes.length === 0 ? "" : createHash("sha256").update(bytes).digest("hex").slice(0, 8);
}

async function digestBefore(file: FileHandle, offset: number): Promise<string> {
  const length = Math.min(offset, digestBytes);
  if (length === 0) return "";
  const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset - length);
  return digestOf(buffer.subarray(0, bytesRead));
}

/** The position after all whole lines of a file; the start if there is no file. */
export function endOf(path: string): Place {
  if (!statSync(path, { throwIfNoEntry: false })) return start;
  const bytes = readFileSync(path);
  const offset = bytes.lastIndexOf(0x0a) + 1;
  return { offset, digest: digestOf(bytes.subarray(Math.max(0, offset - digestBytes), offset)) };
}

/**
 * The whole lines after a position, without a last line that is only half written.
 *
 * If the digest of the bytes before the position differs, the file was cut or replaced, and is read from its start. A missing
 * file counts as empty.
 */
export async function readLines(path: string, from: Place): Promise<NewLines> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch {
    return { replaced: from.offset > 0, lines: [], place: start };
  }
  try {
    const same = (await digestBefore(file, from.offset)) === from.digest;
    const lines: JsonObject[] = [];
    const offset = await readWhole(file, same ? from.offset : 0, (text) => lines.push(...parseLines(text)));
    return { replaced: !same, lines, place: { offset, digest: await digestBefore(file, offset) } };
  } finally {
    await file.close();
  }
}

/** Passes on the text of whole lines, a few at a time, and returns the position of their end. */
async function readWhole(file: FileHandle, from: number, take: (text: string) => void): Promise<number> {
  let offset = from;
  const decoder = new TextDecoder();
  let rest = new Uint8Array();
  for (;;) {
    const at = offset + rest.length;
    const { buffer, bytesRead } = await file.read(new Uint8Array(chunkBytes), 0, chunkBytes, at);
    if (bytesRead === 0) return offset;
    const bytes = new Uint8Array(rest.length + bytesRead);
    bytes.set(rest);
    bytes.set(buffer.subarray(0, bytesRead), rest.length);
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end > 0) take(decoder.decode(bytes.subarray(0, end)));
    offset += end;
    rest = bytes.slice(end);
  }
}

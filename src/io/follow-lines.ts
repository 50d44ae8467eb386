/** Follows JSON lines that grow while they are read: what is new since a place, whole lines only. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { isJsonObject, type JsonObject } from "./parse-json.js";

/** A place at the end of a line: how many bytes come before it, and a digest of the last of them. */
export interface Place {
  readonly offset: number;
  readonly digest: string;
}

export const start: Place = { offset: 0, digest: "" };

const digestBytes = 256;
const chunkBytes = 1 << 20;

/** As in `1024-9f86d081`; the start is `0-`. */
export function formatPlace({ offset, digest }: Place): string {
  return `${offset}-${digest}`;
}

/** The place a text names; the start for any other text. */
export function parsePlace(text: string): Place {
  const [, offset, digest] = /^(\d{1,15})-([0-9a-f]{8})$/.exec(text) ?? [];
  return offset === undefined || digest === undefined ? start : { offset: Number(offset), digest };
}

export interface NewLines {
  /** Whether the file is not the one that `from` is a place of; then `lines` are all its lines. */
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

/** The objects of every whole line; one that is half written or no object is left out. */
export function parseLines(text: string): JsonObject[] {
  return text.split("\n").flatMap(parseLine);
}

function digestOf(bytes: Uint8Array): string {
  return bytes.length === 0 ? "" : createHash("sha256").update(bytes).digest("hex").slice(0, 8);
}

async function digestBefore(file: FileHandle, offset: number): Promise<string> {
  const length = Math.min(offset, digestBytes);
  if (length === 0) return "";
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset - length);
  return digestOf(buffer.subarray(0, bytesRead));
}

/** The place after all whole lines that a file has now; the start if there is no file. */
export function endOf(path: string): Place {
  if (!statSync(path, { throwIfNoEntry: false })) return start;
  const bytes = readFileSync(path);
  const offset = bytes.lastIndexOf(0x0a) + 1;
  return { offset, digest: digestOf(bytes.subarray(Math.max(0, offset - digestBytes), offset)) };
}

/**
 * The whole lines after a place, of which a last, half-written one is not yet one.
 *
 * A file that was cut, or written anew, is noticed by the digest of the bytes before the place, and read from its start.
 * A missing file is an empty one.
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

/** Passes on the text of whole lines, some at a time; returns where they end. */
async function readWhole(file: FileHandle, from: number, take: (text: string) => void): Promise<number> {
  let offset = from;
  let rest = Buffer.alloc(0);
  for (;;) {
    const at = offset + rest.length;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, at);
    if (bytesRead === 0) return offset;
    const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end > 0) take(bytes.toString("utf8", 0, end));
    offset += end;
    rest = bytes.subarray(end);
  }
}

/** JSON lines: files of one JSON object a line. */
import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync, statSync, truncateSync } from "node:fs";
import { dirname } from "node:path";
import { fileErrorCode, syncFolder, writeError, writeFileWhole } from "./files.js";
import { objectIn, type JsonObject } from "./parse-json.js";

/** A file that entries are appended to. Even after an error, it has no half-written line. */
export interface JsonLines {
  /** Appends an entry. Throws a CheckpointError if that fails; the entry is then written with the next one. */
  append(entry: object): void;
  /** Flushes all entries to the disk, so that they survive a power cut. Throws a CheckpointError if that fails. */
  sync(): void;
}

export function openJsonLines(path: string): JsonLines {
  let pending = "";
  const write = (): void => {
    const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    try {
      appendFileSync(path, pending);
      pending = "";
    } catch (error) {
      if (fileErrorCode(error) !== undefined) cutTo(path, bytes);
      throw writeError(path, error);
    }
  };
  return {
    append(entry) {
      pending += `${JSON.stringify(entry)}\n`;
      write();
    },
    sync() {
      if (pending === "" && !statSync(path, { throwIfNoEntry: false })) return;
      write();
      const descriptor = openSync(path, "r+");
      try {
        fsyncSync(descriptor);
        // For the file's name, if it is new.
        syncFolder(dirname(path));
      } catch (error) {
        throw writeError(path, error);
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

function cutTo(path: string, bytes: number): void {
  if (statSync(path, { throwIfNoEntry: false })) truncateSync(path, bytes);
}

/** Removes the lines of a file whose entry does not pass, and a half-written one. Does nothing if there is no file. */
export function keepLines(path: string, passes: (entry: JsonObject) => boolean): void {
  if (!statSync(path, { throwIfNoEntry: false })) return;
  const text = readFileSync(path, "utf8");
  // The text after the last line break is half a line.
  const lines = text.split("\n").slice(0, -1).filter((line) => passes(objectIn(line)));
  const kept = lines.map((line) => `${line}\n`).join("");
  if (kept !== text) writeFileWhole(path, kept);
}

/** The objects in a file, one per line; none if there is no file. */
export function readLines(path: string): JsonObject[] {
  if (!statSync(path, { throwIfNoEntry: false })) return [];
  return readFileSync(path, "utf8").split("\n").slice(0, -1).map(objectIn);
}

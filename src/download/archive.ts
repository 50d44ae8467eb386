/** Reads the files of a zip or tar archive, one after the other. */
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { Reader, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js/index-native.js";
import { Parser, type ReadEntry } from "tar";
import { CycleGANError, DataError } from "../errors.js";

/** What an archive says about one of its entries. */
export interface ArchiveEntry {
  readonly path: string;
  readonly kind: "file" | "folder" | "other";
  /** Bytes of its content. */
  readonly size: number;
}

/** What is done with the entries of an archive, in its order. */
export interface ArchiveVisitor {
  /** Whether to read the content of an entry. What it throws ends the reading. */
  wants(entry: ArchiveEntry): boolean;
  take(entry: ArchiveEntry, content: Uint8Array): void;
}

/** An archive's bytes, for the zip library. */
class FileReader extends Reader<FileHandle> {
  readonly #file: FileHandle;

  constructor(file: FileHandle, size: number) {
    super(file);
    this.#file = file;
    this.size = size;
  }

  override async readUint8Array(index: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - index)));
    const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, index);
    return bytes.subarray(0, bytesRead);
  }
}

/** Entries must not overlap, and checksums and sizes must be right. Names are checked by the visitor. */
const zipOptions = { useWebWorkers: false, checkOverlappingEntry: true, checkCrc32: true, filenameValidation: "tolerant" } as const;

async function readZip(file: FileHandle, size: number, visitor: ArchiveVisitor): Promise<void> {
  for await (const entry of new ZipReader(new FileReader(file, size), zipOptions).getEntriesGenerator()) {
    const kind = entry.directory ? "folder" : entry.symlink ? "other" : "file";
    const described = { path: entry.filename, kind, size: entry.uncompressedSize } as const;
    if (visitor.wants(described) && !entry.directory) visitor.take(described, await entry.getData(new Uint8ArrayWriter(), zipOptions));
  }
}

function kindOf({ type }: ReadEntry): ArchiveEntry["kind"] {
  if (type === "Directory") return "folder";
  return type === "File" || type === "OldFile" || type === "ContiguousFile" ? "file" : "other";
}

/** Reads a tar archive, which may be compressed by gzip. */
async function readTar(path: string, visitor: ArchiveVisitor): Promise<void> {
  let failure: unknown;
  const attempt = (work: () => void): void => {
    try {
      if (failure === undefined) work();
    } catch (error) {
      failure = error;
    }
  };
  const visit = (entry: ReadEntry): void => {
    const described = { path: entry.path, kind: kindOf(entry), size: entry.size };
    let isWanted = false;
    attempt(() => {
      isWanted = visitor.wants(described);
    });
    if (!isWanted) {
      entry.resume();
      return;
    }
    const parts: Uint8Array[] = [];
    entry.on("data", (part) => parts.push(part));
    entry.on("end", () => attempt(() => visitor.take(described, Buffer.concat(parts))));
  };
  const parser = new Parser({ strict: true, file: path, onReadEntry: visit });
  parser.on("error", (error) => {
    failure ??= error;
  });
  for await (const part of createReadStream(path)) {
    const isReady = parser.write(part);
    if (failure !== undefined) throw failure;
    if (!isReady) await once(parser, "drain");
  }
  const ended = once(parser, "end");
  parser.end();
  await ended;
  if (failure !== undefined) throw failure;
}

type Kind = "zip" | "tar";

/** The kind of an archive by its first bytes; undefined for anything else. */
function kindOfArchive(start: Buffer): Kind | undefined {
  if (start.readUInt32BE(0) === 0x504b0304) return "zip";
  const isGzip = start.readUInt16BE(0) === 0x1f8b;
  return isGzip || start.toString("latin1", 257, 262) === "ustar" ? "tar" : undefined;
}

/** The beginning of a file that is no archive, as far as it can be shown. */
function shown(start: Buffer, bytesRead: number): string {
  if (bytesRead === 0) return "an empty file";
  const text = start.toString("utf8", 0, Math.min(bytesRead, 60)).trim();
  if (/^<(!doctype|html|head|body)/i.test(text)) return "a web page, as servers send in place of a file that they do not have";
  return `a file that begins with ${JSON.stringify(text.slice(0, 40))}`;
}

/** Reads the entries of a zip, tar or tar.gz archive. Throws a DataError if it is none, cut short or damaged. */
export async function readArchive(path: string, visitor: ArchiveVisitor): Promise<void> {
  const file = await open(path);
  try {
    const start = Buffer.alloc(512);
    const { bytesRead } = await file.read(start, 0, start.length, 0);
    const kind = kindOfArchive(start);
    if (kind === undefined) throw new DataError(`${path}: expected a zip or tar archive, got ${shown(start, bytesRead)}.`);
    await (kind === "zip" ? readZip(file, (await file.stat()).size, visitor) : readTar(path, visitor));
  } catch (error) {
    if (error instanceof CycleGANError || (error instanceof Error && error.name === "AbortError")) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${path}: expected a whole archive, got one that is cut short or damaged (${reason}).`, { cause: error });
  } finally {
    await file.close();
  }
}

/** Finds the images in a folder and below it, and says what it leaves out. */
import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { DataError, UnreachableError } from "../errors.js";
import { fileErrorCode } from "../io/files.js";
import { foreignImage, foreignUnnamed, formatOfUnnamed, type Foreign } from "./image-kinds.js";
import { isPassing } from "./patience.js";

/** An entry that is not used. */
export interface LeftOut {
  readonly path: string;
  /** As in "a HEIC image, as phones make". */
  readonly reason: string;
  readonly advice?: string;
}

/** What a folder contains. */
export interface FolderScan {
  /** Paths of the images, sorted by code unit. */
  readonly images: readonly string[];
  /** The sizes of the image files in bytes, by path. */
  readonly bytes: ReadonlyMap<string, number>;
  /** Entries that look like images or folders, but cannot be used. */
  readonly leftOut: readonly LeftOut[];
  /** How many files are no images. */
  readonly others: number;
  /** How many files and folders are hidden. */
  readonly hidden: number;
  /** Names of folders in which storage boxes and systems keep thumbnails and deleted files. */
  readonly systemFolders: readonly string[];
}

const IMAGE = /\.(png|apng|jpe?g|jpe|jfif|webp|tiff?|bmp|dib|gif|avif|npy)$/i;
/** Whether a path has the extension of an image that can be read. */
export function hasImageName(path: string): boolean {
  return IMAGE.test(path);
}

/** Extensions of images that cannot be read. */
const FOREIGN = /\.(heic|heif|jxl|jp2|j2k|ppm|pgm|pbm|pnm|psd|ico|cr2|cr3|nef|arw|dng|raf|orf|rw2)$/i;
/** Folders in which storage boxes and systems keep thumbnails and deleted files. */
const SYSTEM_FOLDERS: ReadonlySet<string> = new Set(
  ["@eaDir", "#recycle", "#snapshot", "@Recycle", "@Recently-Snapshot", "$RECYCLE.BIN", "System Volume Information"]
    .concat("__MACOSX", "lost+found"),
);

/** Names as they are, also with a mark of byte order. */
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

class Scanner {
  readonly bytes = new Map<string, number>();
  readonly leftOut: LeftOut[] = [];
  others = 0;
  hidden = 0;
  readonly systemFolders: string[] = [];
  /** Real paths of the folders entered: each is entered once, however many links lead to it. */
  readonly #entered = new Set<string>();

  folder(path: string): void {
    const real = realpathSync(path);
    if (this.#entered.has(real)) return;
    this.#entered.add(real);
    for (const name of this.#namesIn(path)) this.#entry(path, name);
  }

  #namesIn(folder: string): string[] {
    return readdirSync(folder, { encoding: "buffer" }).flatMap((bytes) => {
      try {
        return [strict.decode(bytes)];
      } catch {
        this.leftOut.push({ path: join(folder, lenient.decode(bytes)), reason: "a name that is not UTF-8", advice: "Rename it" });
        return [];
      }
    });
  }

  #entry(folder: string, name: string): void {
    // Hidden files are not images to anybody.
    if (name.startsWith(".")) {
      this.hidden++;
      return;
    }
    if (SYSTEM_FOLDERS.has(name)) this.systemFolders.push(name);
    else this.entry(join(folder, name));
  }

  entry(path: string): void {
    try {
      const found = statSync(path);
      if (found.isDirectory()) this.folder(path);
      else if (found.isFile()) this.#file(path, found.size);
      else this.leftOut.push({ path, reason: "something that is no file" });
    } catch (error) {
      this.leftOut.push({ path, reason: reasonOf(path, error) });
    }
  }

  result(): FolderScan {
    const { bytes, leftOut, others, hidden, systemFolders } = this;
    return { images: [...bytes.keys()].sort(), bytes, leftOut, others, hidden, systemFolders };
  }

  #file(path: string, bytes: number): void {
    if (hasImageName(path)) {
      this.bytes.set(path, bytes);
      return;
    }
    const start = firstBytes(path);
    const found = FOREIGN.test(path) ? (foreignImage(start) ?? unknownKind) : foreignUnnamed(start);
    if (formatOfUnnamed(start)) this.bytes.set(path, bytes);
    else if (found) this.leftOut.push({ path, reason: found.kind, advice: found.advice });
    else this.others++;
  }
}

const unknownKind: Foreign = { kind: "an image of a kind that cannot be read", advice: "Convert it to JPEG or PNG" };

function firstBytes(path: string): Uint8Array {
  const bytes = new Uint8Array(32);
  const descriptor = openSync(path, "r");
  try {
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(descriptor);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "a link to nothing, or a file that vanished",
  ELOOP: "a link that leads to itself",
  EACCES: "no permission to read it",
  EPERM: "no permission to read it",
  ENAMETOOLONG: "a name that is too long",
};

/** Why an entry is left out. An error that may pass is none: without the image, the work would be another. */
function reasonOf(path: string, error: unknown): string {
  const code = fileErrorCode(error);
  if (code === undefined || !(error instanceof Error)) throw error;
  if (isPassing(error)) throw unreachable(path, error);
  return REASONS[code] ?? error.message;
}

/** The error for a file or folder that cannot be reached while a folder is scanned. */
export function unreachable(path: string, cause: unknown): UnreachableError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new UnreachableError(`${path}: cannot be reached (${reason}). Look at the disk, then start again.`, { cause });
}

/**
 * The images in a folder and below it. Links are followed. An entry that cannot be used is left out, and does not end the scan.
 *
 * Throws the error of the file system if the folder itself cannot be read, an UnreachableError for one that may pass.
 */
export function scanFolder(folder: string): FolderScan {
  const scanner = new Scanner();
  try {
    scanner.folder(folder);
  } catch (error) {
    throw isPassing(error) ? unreachable(folder, error) : error;
  }
  return scanner.result();
}

/** The images among files, and what is left out of them. Throws an UnreachableError for an error that may pass. */
export function scanFiles(paths: readonly string[]): FolderScan {
  const scanner = new Scanner();
  for (const path of paths) scanner.entry(path);
  return scanner.result();
}

/** What is left out of one folder or more. */
export type LeftOutCounts = Omit<FolderScan, "images" | "bytes">;

/** `count` things of a kind; none if there are none. */
function counted(count: number, one: string, several: string): string[] {
  return count === 0 ? [] : [`${count} ${count === 1 ? one : several}`];
}

/** The entries by their reasons: the first of each, and how many more there are. */
function nameEntries(leftOut: readonly LeftOut[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { path, reason, advice } of leftOut) {
    const why = advice === undefined ? reason : `${reason}. ${advice}`;
    const group = groups.get(why);
    if (group) group.push(path);
    else groups.set(why, [path]);
  }
  return [...groups].map(([why, [first, ...more]]) => `${first}${more.length === 0 ? "" : ` and ${more.length} more`} (${why})`);
}

/** Throws a DataError that names the entries, if there are any: `--strict` leaves out nothing. */
export function refuseLeftOut(leftOut: readonly LeftOut[]): void {
  if (leftOut.length === 0) return;
  const names = nameEntries(leftOut).join(", ");
  throw new DataError(
    `--strict: expected only images that can be used, got ${names}. Mend or remove them, or do without --strict.`,
  );
}

/** What a scan left out, in a phrase; empty if it left out nothing. */
export function describeLeftOut({ leftOut, others, hidden, systemFolders }: LeftOutCounts): string {
  const systems = [...new Set(systemFolders)].slice(0, 3).join(", ");
  const parts = [
    ...nameEntries(leftOut),
    ...counted(others, "file that is no image", "files that are no images"),
    ...counted(hidden, "hidden file or folder", "hidden files or folders"),
    ...counted(
      systemFolders.length,
      `folder of thumbnails or deleted files (${systems})`,
      `folders of thumbnails or deleted files (${systems})`,
    ),
  ];
  return parts.join(", ");
}

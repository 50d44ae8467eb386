/** Finds the images in a folder and below it, and says what it leaves out. */
import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { foreignImage, formatOf } from "./image-kinds.js";

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
  /** Entries that look like images or folders, but cannot be used. */
  readonly leftOut: readonly LeftOut[];
  /** How many files are no images. */
  readonly others: number;
}

const IMAGE = /\.(png|apng|jpe?g|jpe|jfif|webp|tiff?|bmp|dib|gif|avif)$/i;
/** Extensions of images that cannot be read. */
const FOREIGN = /\.(heic|heif|jxl|jp2|j2k|ppm|pgm|pbm|pnm|psd|ico|cr2|cr3|nef|arw|dng|raf|orf|rw2)$/i;
/** Folders in which storage boxes and systems keep thumbnails and deleted files. */
const SYSTEM_FOLDERS: ReadonlySet<string> = new Set(["@eaDir", "#recycle", "$RECYCLE.BIN", "#snapshot", "@Recycle", "@Recently-Snapshot", "System Volume Information", "__MACOSX", "lost+found"]);

/** Whether a file's name looks like that of an image. */
export function hasImageName(path: string): boolean {
  return IMAGE.test(path);
}

class Scanner {
  readonly images: string[] = [];
  readonly leftOut: LeftOut[] = [];
  others = 0;
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
      const name = bytes.toString("utf8");
      if (Buffer.from(name, "utf8").equals(bytes)) return [name];
      this.leftOut.push({ path: join(folder, name), reason: "a name that is not UTF-8", advice: "Rename it" });
      return [];
    });
  }

  #entry(folder: string, name: string): void {
    // Hidden files are not images to anybody.
    if (name.startsWith(".")) return;
    const path = join(folder, name);
    try {
      const found = statSync(path);
      if (found.isDirectory()) {
        if (!SYSTEM_FOLDERS.has(name)) this.folder(path);
      } else if (found.isFile()) this.#file(path);
      else this.leftOut.push({ path, reason: "something that is no file" });
    } catch (error) {
      this.leftOut.push({ path, reason: reasonOf(error) });
    }
  }

  #file(path: string): void {
    if (IMAGE.test(path)) {
      this.images.push(path);
      return;
    }
    const named = extname(path) !== "";
    // Without an extension only the content can say; with that of a foreign image it says which.
    const start = named && !FOREIGN.test(path) ? undefined : firstBytes(path);
    if (start && formatOf(start)) this.images.push(path);
    else if (start && FOREIGN.test(path)) this.leftOut.push({ path, ...foreignKind(start) });
    else this.others++;
  }
}

function foreignKind(start: Uint8Array): { reason: string; advice?: string } {
  const found = foreignImage(start);
  return found ? { reason: found.kind, advice: found.advice } : { reason: "an image of a kind that cannot be read", advice: "Convert it to JPEG or PNG" };
}

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

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) throw error;
  const code = "code" in error ? String(error.code) : "";
  if (code === "") throw error;
  return REASONS[code] ?? error.message;
}

/**
 * The images in a folder and below it. Links are followed. An entry that cannot be used is left out, and does not end the scan.
 *
 * Throws the error of the file system if the folder itself cannot be read.
 */
export function scanFolder(folder: string): FolderScan {
  const scanner = new Scanner();
  scanner.folder(folder);
  return { images: scanner.images.sort(), leftOut: scanner.leftOut, others: scanner.others };
}

/** What a scan left out, in a phrase; empty if it left out nothing. */
export function describeLeftOut({ leftOut, others }: FolderScan): string {
  const shown = leftOut.slice(0, 3).map(({ path, reason, advice }) => `${path} (${reason}${advice === undefined ? "" : `. ${advice}`})`);
  const parts = [
    ...shown,
    ...(leftOut.length > shown.length ? [`${leftOut.length - shown.length} more of these`] : []),
    ...(others > 0 ? [`${others} ${others === 1 ? "file that is no image" : "files that are no images"}`] : []),
  ];
  return parts.join(", ");
}

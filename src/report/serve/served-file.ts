/** Files below a folder that a server sends. */
import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";

/** A file that a server sends. */
export interface ServedFile {
  readonly path: string;
  /** The media type. */
  readonly type: string;
  readonly bytes: number;
  /** Changes when the file does. */
  readonly tag: string;
}

/** Whether a relative path, with `/` as separator, has only plain parts: no "..", no hidden file, no other separator. */
export function isPlainPath(name: string): boolean {
  return !/[\\\0]/.test(name) && name.split("/").every((part) => part !== "" && !part.startsWith("."));
}

/** A file below a folder; undefined if there is none, and for links that lead out of the folder. */
export async function fileBelow(folder: string, name: string, type: string): Promise<ServedFile | undefined> {
  try {
    const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, name))]);
    if (!path.startsWith(root + sep)) return undefined;
    const found = await stat(path);
    if (!found.isFile()) return undefined;
    return { path, type, bytes: found.size, tag: `"${found.size.toString(36)}-${Math.round(found.mtimeMs).toString(36)}"` };
  } catch {
    return undefined;
  }
}

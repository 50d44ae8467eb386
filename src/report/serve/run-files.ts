/** The files that a served page may show or offer. */
import { realpath, stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { stepOfSample } from "../../run/sample-name.js";
import { isDownload } from "../downloads.js";
import { readTranslations } from "../translations.js";

/** An image that the page of a run shows, or a file that it offers. */
export interface RunFile {
  readonly path: string;
  /** The media type. */
  readonly type: string;
  readonly bytes: number;
  readonly tag: string;
}

const types: ReadonlyMap<string, string> = new Map([
  [".png", "image/png"],
  [".jpg", "image/jpeg"],
  [".jpeg", "image/jpeg"],
  [".webp", "image/webp"],
]);

async function isShown(runFolder: string, name: string): Promise<boolean> {
  const [folder, file, ...more] = name.split("/");
  if (folder === "samples" && more.length === 0) return stepOfSample(file ?? "") !== undefined;
  const rows = (await readTranslations(runFolder)).flatMap((set) => set.rows);
  return rows.some(({ real, fake, truth }) => [real, fake, truth].includes(name));
}

/**
 * The file at a path relative to the run's folder, with `/` as separator: a sample grid, a held-out image that
 * translations.json names, or a download. Undefined for every other path, and for links that lead out of the folder.
 */
export async function findFile(runFolder: string, name: string): Promise<RunFile | undefined> {
  if (/[\\\0]/.test(name) || name.split("/").some((part) => part === "" || part.startsWith("."))) return undefined;
  const image = types.get(extname(name).toLowerCase());
  if (!isDownload(name) && (image === undefined || !(await isShown(runFolder, name)))) return undefined;
  try {
    const [folder, path] = await Promise.all([realpath(runFolder), realpath(join(runFolder, name))]);
    if (!path.startsWith(folder + sep)) return undefined;
    const found = await stat(path);
    if (!found.isFile()) return undefined;
    const tag = `"${found.size.toString(36)}-${Math.round(found.mtimeMs).toString(36)}"`;
    return { path, type: image ?? "application/octet-stream", bytes: found.size, tag };
  } catch {
    return undefined;
  }
}

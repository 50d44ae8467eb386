/** The image files that a served page may show. */
import { realpath, stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { stepOfSample } from "../../run/sample-name.js";
import { readTranslations } from "../translations.js";

/** An image that the page of a run shows. */
export interface RunImage {
  readonly path: string;
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
 * The image at a path relative to the run's folder, with `/` as separator: a sample grid, or a held-out image that
 * translations.json names. Undefined for every other path, and for links that lead out of the folder.
 */
export async function findImage(runFolder: string, name: string): Promise<RunImage | undefined> {
  const type = types.get(extname(name).toLowerCase());
  if (type === undefined || /[\\\0]/.test(name) || name.split("/").some((part) => part === "" || part.startsWith("."))) {
    return undefined;
  }
  if (!(await isShown(runFolder, name))) return undefined;
  try {
    const [folder, path] = await Promise.all([realpath(runFolder), realpath(join(runFolder, name))]);
    if (!path.startsWith(folder + sep)) return undefined;
    const found = await stat(path);
    if (!found.isFile()) return undefined;
    return { path, type, bytes: found.size, tag: `"${found.size.toString(36)}-${Math.round(found.mtimeMs).toString(36)}"` };
  } catch {
    return undefined;
  }
}

/** The files that a served page may show or offer. */
import { extname } from "node:path";
import { stepOfSample } from "../../run/sample-name.js";
import { isDownload } from "../downloads.js";
import { readTranslations } from "../translations.js";
import { fileBelow, isPlainPath, type ServedFile } from "./served-file.js";

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
export async function findFile(runFolder: string, name: string): Promise<ServedFile | undefined> {
  if (!isPlainPath(name)) return undefined;
  const image = types.get(extname(name).toLowerCase());
  if (!isDownload(name) && (image === undefined || !(await isShown(runFolder, name)))) return undefined;
  return fileBelow(runFolder, name, image ?? "application/octet-stream");
}

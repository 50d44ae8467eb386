/** Makes the folder of a data set from the archive that its authors serve. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../errors.js";
import { formatBytes, formatDuration } from "../format.js";
import { createFolderWhole, removeFolder, writeError } from "../io/files.js";
import { isJsonObject } from "../io/parse-json.js";
import { elsewhere, type DataSet } from "./data-sets.js";
import { download, removeDownload, type DownloadProgress } from "./download.js";
import { unpackImages } from "./unpack-images.js";

export interface FetchOptions {
  /** The folder in which the folder of the data set is made. */
  readonly parent: string;
  /** The address of the archive, or the path of a file; default: that of the authors. */
  readonly url?: string;
  /** Replaces the folder if this program made it; default false. */
  readonly fresh?: boolean;
  readonly signal: AbortSignal;
  readonly onDownload: (progress: DownloadProgress) => void;
  readonly onUnpack: (images: number) => void;
  readonly onMessage: (text: string) => void;
}

/** A data set that is on the disk. */
export interface FetchedDataSet {
  readonly folder: string;
  /** The number of images in each of its folders. */
  readonly images: ReadonlyMap<string, number>;
}

function isOurs(folder: string): boolean {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
    return isJsonObject(manifest) && typeof manifest["dataSet"] === "string";
  } catch {
    return false;
  }
}

/** Throws a DataError unless the folder may be made. */
function checkFolder(folder: string, fresh: boolean): void {
  if (!existsSync(folder)) return;
  if (!fresh) throw new DataError(`${folder} is there already. Train on it, or download it again with --fresh.`);
  if (!isOurs(folder)) throw new DataError(`${folder}: expected a data set that this command made, got another folder. Move it away.`);
}

/** What is known about the rights to a data set's images. */
export function licenceOf({ source, paper }: DataSet): string {
  return `The images are from ${source}. The reference states no licence for them and asks you to cite ${paper}`;
}

function describe(folder: string, dataSet: DataSet, url: string, images: ReadonlyMap<string, number>): void {
  const { name, shows } = dataSet;
  const rows = [...images].map(([part, count]) => `| ${part} | ${count} |`).join("\n");
  const pairs = dataSet.layout === "pairs" ? " Each image shows a pair: A in its left half, B in its right." : "";
  const readme = `# ${name}\n\nImages of ${shows}.${pairs} Downloaded from ${url}\n\n| folder | images |\n|---|---|\n${rows}\n\n${licenceOf(dataSet)}\n`;
  writeFileSync(join(folder, "README.md"), readme);
  writeFileSync(join(folder, "manifest.json"), `${JSON.stringify({ dataSet: name, url, images: Object.fromEntries(images) }, undefined, 1)}\n`);
}

/** The archive on the disk; undefined if the signal ended its download. */
async function fetchArchive({ name }: DataSet, url: string, path: string, options: FetchOptions): Promise<string | undefined> {
  if (!/^https?:/i.test(url)) {
    if (existsSync(url)) return url;
    throw new DataError(`--url ${url}: expected an address that begins with http:// or https://, or an archive, got no such file.`);
  }
  const { signal, onDownload, onMessage } = options;
  onMessage(`Getting ${name} from ${url}`);
  const start = performance.now();
  let first: number | undefined;
  const onProgress = (progress: DownloadProgress): void => {
    first ??= progress.received;
    onDownload(progress);
  };
  if (!(await download(url, path, { signal, onProgress, onMessage, advice: elsewhere }))) {
    onMessage(`Kept ${formatBytes(statSync(path, { throwIfNoEntry: false })?.size ?? 0)} of ${name} in ${path}. The same command continues.`);
    return undefined;
  }
  if (first !== undefined) onMessage(`Downloaded ${name}: ${formatBytes(statSync(path).size)} in ${formatDuration((performance.now() - start) / 1000)}`);
  return path;
}

/**
 * Downloads a data set, unpacks its images and checks them. Its folder is whole or absent. Undefined if the signal ended it: what was
 * downloaded stays beside the folder, and the next call continues.
 *
 * Throws a DataError for a folder that is there, a dead address, or an archive that is damaged, hostile or another data set; such an
 * archive is removed if it was downloaded. Throws a CheckpointError if the disk takes nothing more.
 */
export async function fetchDataSet(dataSet: DataSet, options: FetchOptions): Promise<FetchedDataSet | undefined> {
  const { parent, url = dataSet.url, fresh = false, signal, onUnpack, onMessage } = options;
  const folder = join(parent, dataSet.name);
  checkFolder(folder, fresh);
  const path = `${folder}.download`;
  const archive = await fetchArchive(dataSet, url, path, options);
  if (archive === undefined) return undefined;
  let images: ReadonlyMap<string, number> = new Map();
  try {
    await createFolderWhole(folder, async (partial) => {
      images = await unpackImages(archive, partial, dataSet.layout, { signal, onProgress: onUnpack });
      describe(partial, dataSet, url, images);
      if (fresh) removeFolder(folder);
    });
  } catch (error) {
    if (signal.aborted) {
      onMessage(`Kept what was downloaded in ${archive}. The same command continues.`);
      return undefined;
    }
    if (error instanceof DataError && archive === path) {
      removeDownload(path);
      throw new DataError(`${error.message} The download was removed. ${elsewhere}.`, { cause: error });
    }
    throw writeError(folder, error);
  }
  if (archive === path) removeDownload(path);
  return { folder, images };
}

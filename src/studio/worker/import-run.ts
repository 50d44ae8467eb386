/** Takes over a run of the command, or one that a page has saved, with its pictures. */
import { basename } from "pathe";
import { hasImageName } from "../../data/scan-folder.js";
import { CheckpointError, DataError } from "../../errors.js";
import { parseJsonObject } from "../../io/parse-json.js";
import { isPartial } from "../../io/files.js";
import { modelOf, trainConfig, type TrainConfig } from "../../run/options.js";
import type { GivenFile } from "../files/given-file.js";

/** A run among files that were given. */
export interface FoundRun {
  /** The name of its folder. */
  readonly name: string;
  /** Its files, by their paths in its folder. */
  readonly files: ReadonlyMap<string, File>;
  /** The pictures, by their paths in the folder of the run's pictures. */
  readonly pictures: ReadonlyMap<string, File>;
  /** Its settings, for pictures in the folder `data`. */
  place(data: string): Pick<TrainConfig, "a" | "b" | "dataroot">;
}

const CONFIG = /(^|\/)config\.json$/;

/** The path of a run's folder among files, with a slash at its end; undefined if there is no run. */
export function runFolderIn(files: readonly Pick<GivenFile, "path">[]): string | undefined {
  const folders = files.flatMap(({ path }) => (CONFIG.test(path) ? [path.slice(0, -"config.json".length)] : []));
  return folders.find((folder) => files.some(({ path }) => path.startsWith(`${folder}checkpoints/`)));
}

/** The part of a path after a folder of this path or, if there is none, of this name; undefined for paths outside. */
function after(path: string, folder: string): string | undefined {
  if (path.startsWith(`${folder}/`)) return path.slice(folder.length + 1);
  const at = `/${path}`.lastIndexOf(`/${basename(folder)}/`);
  return at < 0 ? undefined : path.slice(at + basename(folder).length + 1);
}

/** Pictures that are below folders of these paths, by the names that the folders get. */
function picturesIn(files: readonly GivenFile[], folders: Readonly<Record<string, string>>): Map<string, File> {
  const pictures = new Map<string, File>();
  for (const [name, folder] of Object.entries(folders)) {
    for (const { path, file } of files) {
      const rest = after(path, folder);
      if (rest !== undefined && hasImageName(path)) pictures.set(`${name}/${rest}`, file);
    }
  }
  return pictures;
}

/** The folders with the pictures of a run, as its settings name them, by the names that they get. */
function foldersOf(config: TrainConfig): Readonly<Record<string, string>> {
  if (config.a !== "") return { A: config.a, B: config.b };
  const { dataset } = modelOf(config);
  const names = [dataset, dataset.apart ?? dataset].flatMap((kind) => ["train", "test"].flatMap((phase) => Object.values(kind.folders(phase))));
  return Object.fromEntries(names.map((name) => [name, name === "" ? config.dataroot : `${config.dataroot}/${name}`]));
}

/** Finds the run among files. Throws a CheckpointError if there is none, a DataError if its pictures are missing. */
export async function findRun(given: readonly GivenFile[]): Promise<FoundRun> {
  const folder = runFolderIn(given);
  if (folder === undefined) throw new CheckpointError("expected the folder of a run, with config.json and checkpoints, got other files.");
  const own = given.filter(({ path }) => path.startsWith(folder));
  const files = new Map(own.map(({ path, file }) => [path.slice(folder.length), file]));
  for (const path of files.keys()) if (path === "run.lock" || path.split("/").some(isPartial)) files.delete(path);
  const config = trainConfig(parseJsonObject((await files.get("config.json")?.text()) ?? "", `${folder}config.json`));
  const pictures = picturesIn(given.filter((file) => !own.includes(file)), foldersOf(config));
  if (pictures.size === 0) {
    const places = config.a === "" ? config.dataroot : `${config.a} and ${config.b}`;
    throw new DataError(`${config.name}: expected the run with its pictures, got none of those in ${places}. Drop the run's folder and theirs together.`);
  }
  return {
    name: basename(folder) || config.name,
    files,
    pictures,
    place: (data) => (config.a === "" ? { a: "", b: "", dataroot: data } : { a: `${data}/A`, b: `${data}/B`, dataroot: "" }),
  };
}

/** Reads everything that a run's page shows. */
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { CheckpointError } from "../errors.js";
import { isJsonObject } from "../io/parse-json.js";
import type { JsonObject } from "../io/parse-json.js";
import { listDownloads } from "./downloads.js";
import type { PageData } from "./page-data.js";
import type { RunReader } from "./run-reader.js";
import { readTranslations } from "./translations.js";
import type { TranslationSet } from "./translations.js";

/** What a run's page shows. */
export interface RunData {
  readonly name: string;
  readonly settings: JsonObject;
  readonly translations: readonly TranslationSet[];
  /** Files to take away, relative to the run's folder. */
  readonly downloads: readonly string[];
  readonly data: PageData;
}

async function readSettings(runFolder: string): Promise<JsonObject | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(runFolder, "config.json"), "utf8"));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Throws a CheckpointError if there is no readable config.json. */
export async function readRun(runFolder: string, reader: RunReader): Promise<RunData> {
  const settings = await readSettings(runFolder);
  if (settings === undefined) {
    throw new CheckpointError(
      `${runFolder}: expected the folder of a run, as in runs/<name>, got one without a readable config.json.`,
    );
  }
  const [translations, downloads] = await Promise.all([readTranslations(runFolder), listDownloads(runFolder)]);
  return { name: basename(resolve(runFolder)), settings, translations, downloads, data: await reader.read() };
}

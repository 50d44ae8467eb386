/** translations.json of a run: held-out images, their translations and their true counterparts, for the run's page. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileWhole } from "../io/files.js";
import { isJsonObject } from "../io/parse-json.js";

/** The distance of images from their true counterparts, before and after translation: mean |a − b| in [−1, 1]. */
export interface Distances {
  readonly untranslated: number;
  readonly translated: number;
}

/** The fraction by which translation reduced the distance: 0.18 for 0.305 → 0.25; negative if it increased. */
export function improvement({ untranslated, translated }: Distances): number {
  return untranslated === 0 ? 0 : 1 - translated / untranslated;
}

/** A held-out image; the paths are relative to the run's folder. */
export interface TranslationRow {
  readonly name: string;
  readonly real: string;
  readonly fake: string;
  /** Its true counterpart, if there is one. */
  readonly truth?: string;
}

/** The held-out images of one direction. */
export interface TranslationSet {
  readonly direction: "AtoB" | "BtoA";
  /** Names of the two domains, in the order of translation. */
  readonly from: string;
  readonly to: string;
  /** Absent if the true images are unknown. */
  readonly distances?: Distances;
  /** What to know about them, in a sentence or two. */
  readonly note?: string;
  readonly rows: readonly TranslationRow[];
}

const fileName = "translations.json";

function hasTexts(value: Readonly<Record<string, unknown>>, keys: readonly string[]): boolean {
  return keys.every((key) => typeof value[key] === "string");
}

function isRow(value: unknown): value is TranslationRow {
  return isJsonObject(value) && hasTexts(value, ["name", "real", "fake"]) && ["string", "undefined"].includes(typeof value["truth"]);
}

function areDistances(value: unknown): boolean {
  return isJsonObject(value) && typeof value["untranslated"] === "number" && typeof value["translated"] === "number";
}

function isSet(value: unknown): value is TranslationSet {
  if (!isJsonObject(value) || !hasTexts(value, ["from", "to"])) return false;
  const { direction, distances, rows } = value;
  if (direction !== "AtoB" && direction !== "BtoA") return false;
  if (value["note"] !== undefined && typeof value["note"] !== "string") return false;
  return (distances === undefined || areDistances(distances)) && Array.isArray(rows) && rows.every(isRow);
}

/** Writes translations.json. Throws a CheckpointError. */
export function writeTranslations(runFolder: string, sets: readonly TranslationSet[]): void {
  writeFileWhole(join(runFolder, fileName), `${JSON.stringify(sets, undefined, 1)}\n`);
}

/** The held-out translations of a run; none if the file is missing or cannot be read. */
export async function readTranslations(runFolder: string): Promise<readonly TranslationSet[]> {
  try {
    const value: unknown = JSON.parse(await readFile(join(runFolder, fileName), "utf8"));
    return Array.isArray(value) ? value.filter(isSet) : [];
  } catch {
    return [];
  }
}

/** Builds a data set once: a folder with a manifest, which says from what it was built. */
import { existsSync, readdirSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../errors.js";
import { createFolderWhole } from "../io/files.js";
import { isJsonObject } from "../io/parse-json.js";
import type { DatasetRequest, HeldOut } from "./task.js";

/** How a data set is built. */
export interface DatasetRecipe {
  /** Everything that its images depend on, as JSON. A folder that was built with other settings is built again. */
  readonly settings: object;
  /** Fills the empty folder, and returns the held-out images. */
  readonly build: (folder: string) => Promise<readonly HeldOut[]>;
}

function isHeldOut(value: unknown): value is HeldOut {
  return isJsonObject(value) && typeof value["name"] === "string" && typeof value["image"] === "string";
}

/** The held-out images that a manifest names; undefined if its data set was built with other settings. */
export function parseManifest(manifest: unknown, settings: object): readonly HeldOut[] | undefined {
  if (!isJsonObject(manifest) || JSON.stringify(manifest["settings"]) !== JSON.stringify(settings)) return undefined;
  const { test } = manifest;
  return Array.isArray(test) ? test.filter(isHeldOut) : undefined;
}

async function readBuilt(folder: string, settings: object): Promise<readonly HeldOut[] | undefined> {
  if (!existsSync(folder)) return undefined;
  try {
    return parseManifest(JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")), settings);
  } catch {
    throw new DataError(`${folder}: expected the demo's data set or nothing, got a folder without manifest.json. Move it away.`);
  }
}

/**
 * Builds a data set, unless it exists. Returns its held-out images.
 *
 * Throws a DataError if the folder holds something else, and what `build` throws.
 */
export async function builtDataset({ settings, build }: DatasetRecipe, { folder, fresh = false, onDone }: DatasetRequest): Promise<readonly HeldOut[]> {
  const built = await readBuilt(folder, settings);
  if (built !== undefined && !fresh) return built;
  await rm(folder, { recursive: true, force: true });
  let test: readonly HeldOut[] = [];
  await createFolderWhole(folder, async (unfinished) => {
    test = await build(unfinished);
    await writeFile(join(unfinished, "manifest.json"), `${JSON.stringify({ settings, test }, undefined, 1)}\n`);
  });
  const train = readdirSync(folder).filter((name) => /^train[AB]?$/.test(name)).toSorted();
  const counts = train.map((name) => readdirSync(join(folder, name)).length);
  onDone(`Built ${folder}: ${counts.join(" + ")} images to train on, ${test.length} held out`);
  return test;
}

/** The file of measured kernel variants. */
import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { env } from "../env.js";
import type { Gpu } from "../gpu/gpu.js";
import { writeFileWhole } from "../io/files.js";
import { isJsonObject } from "../io/parse-json.js";
import { adapterIdentity, isChoice } from "../tune/choices-json.js";
import type { Measurement } from "../tune/tune.js";
import { cacheFolder } from "./cache.js";
import { productVersion } from "../generated/version.js";

/** The measurement of a piece of work. */
export interface TunedWork extends Measurement {
  /** The user has chosen the variant, so no measurement replaces it. */
  readonly pinned: boolean;
}

/** The measurements of a device, by the name of the work. */
export type TunedDevice = Readonly<Record<string, TunedWork>>;

/** The measurements of all devices, by `tuningDevice`. */
export type TuningFile = Readonly<Record<string, TunedDevice>>;

/** Path of the file: CYCLEGAN_TUNING, or tuning.json in the cache folder. */
export function tuningPath(): string {
  return env.tuningFile ?? join(cacheFolder(), "tuning.json");
}

/** The name of a device in the file: adapter, driver and version of this product. Times only hold for that combination. */
export function tuningDevice(gpu: Gpu): string {
  return `${adapterIdentity(gpu)} / cyclegan-webgpu ${productVersion}`;
}

/** The content of the file. Empty if there is no file; empty with a warning if it cannot be read. */
export async function readTuning(onWarning: (text: string) => void): Promise<TuningFile> {
  const path = tuningPath();
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
      onWarning(`${path}: cannot be read (${String(error)}). Measurements are not stored.`);
    }
    return "{}";
  });
  const parsed = parse(text);
  if (parsed) return parsed;
  onWarning(`${path}: expected measured kernel variants, got ${JSON.stringify(text.slice(0, 40))}. The file is replaced.`);
  return {};
}

function parse(text: string): TuningFile | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value) || !Object.values(value).every(isTunedDevice)) return undefined;
    return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, TunedDevice] => isTunedDevice(entry[1])));
  } catch {
    return undefined;
  }
}

function isTunedDevice(value: unknown): value is TunedDevice {
  return isJsonObject(value) && Object.values(value).every(isTunedWork);
}

function isTunedWork(value: unknown): value is TunedWork {
  if (!isJsonObject(value) || typeof value["variant"] !== "string" || typeof value["pinned"] !== "boolean") return false;
  const { times } = value;
  return isJsonObject(times) && Object.values(times).every((time) => typeof time === "number");
}

/**
 * Changes the measurements of a device. The file is read again, then replaced as a whole. If two processes do this at the
 * same moment, one may lose its entries, and will measure them again.
 */
export async function updateTuning(
  device: string,
  change: (known: TunedDevice) => TunedDevice,
  onWarning: (text: string) => void,
): Promise<void> {
  const path = tuningPath();
  const known = await readTuning(onWarning);
  try {
    await mkdir(dirname(path), { recursive: true });
    writeFileWhole(path, `${JSON.stringify({ ...known, [device]: change(known[device] ?? {}) }, null, 1)}\n`);
  } catch (error) {
    onWarning(`${path}: cannot be written (${String(error)}). Measurements are not stored.`);
  }
}

/** Selects the variants stored for this device; returns their number. */
export async function recallTuning(gpu: Gpu, onWarning: (text: string) => void): Promise<number> {
  const known = (await readTuning(onWarning))[tuningDevice(gpu)] ?? {};
  const choices = Object.entries(known).filter(([key, { variant }]) => isChoice(key, variant));
  for (const [key, { variant }] of choices) gpu.choices.set(key, variant);
  return choices.length;
}

/** Stores measurements of this device, except for pinned work. */
export async function rememberTuning(
  gpu: Gpu,
  measured: ReadonlyMap<string, Measurement>,
  onWarning: (text: string) => void,
): Promise<void> {
  if (measured.size === 0) return;
  const news = [...measured].map(([key, found]) => [key, { ...found, pinned: false }] as const);
  const merge = (known: TunedDevice): TunedDevice => ({
    ...known,
    ...Object.fromEntries(news.filter(([key]) => !known[key]?.pinned)),
  });
  await updateTuning(tuningDevice(gpu), merge, onWarning);
}

/** Deletes the measurements of all devices. */
export async function clearTuning(): Promise<void> {
  await rm(tuningPath(), { force: true });
}

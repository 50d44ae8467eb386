import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { env } from "../env.js";
import type { Gpu } from "../gpu/gpu.js";
import { writeFileWhole } from "../io/files.js";
import { isJsonObject } from "../io/parse-json.js";
import { adapterIdentity, isChoice } from "../tune/choices-json.js";
import type { Measurement } from "../tune/tune.js";
import { cacheFolder } from "./cache.js";
import { productVersion } from "./product-version.js";

/** What is known of a piece of work. */
export interface TunedWork extends Measurement {
  /** Set by the user, so that no measurement replaces it. */
  readonly pinned: boolean;
}

/** What is known of a device, by the name of the work. */
export type TunedDevice = Readonly<Record<string, TunedWork>>;

/** What is known of every device, by `tuningDevice`. */
export type TuningFile = Readonly<Record<string, TunedDevice>>;

/** Where it is kept: CYCLEGAN_TUNING, or a file in the cache folder. */
export function tuningPath(): string {
  return env.tuningFile ?? join(cacheFolder(), "tuning.json");
}

/** The name of a device in the file: adapter, driver and version of this product: times hold only for these. */
export function tuningDevice(gpu: Gpu): string {
  return `${adapterIdentity(gpu)} / cyclegan-webgpu ${productVersion()}`;
}

/** The file's content: nothing if there is none, and, with a warning, where it cannot be read. */
export async function readTuning(onWarning: (text: string) => void): Promise<TuningFile> {
  const path = tuningPath();
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
      onWarning(`${path}: cannot be read (${String(error)}). What is measured is not kept.`);
    }
    return "{}";
  });
  const parsed = parse(text);
  if (parsed) return parsed;
  onWarning(`${path}: expected measured kernel variants, got ${JSON.stringify(text.slice(0, 40))}. It is replaced.`);
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
 * Changes what is known of a device. The file is read anew first and replaced at once, so that it is always whole; of two
 * processes that do this in the same instant one may lose its entries, and measures them again some time.
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
    onWarning(`${path}: cannot be written (${String(error)}). What is measured is not kept.`);
  }
}

/** Takes the variants that are known for this device, and returns how many they are. */
export async function recallTuning(gpu: Gpu, onWarning: (text: string) => void): Promise<number> {
  const known = (await readTuning(onWarning))[tuningDevice(gpu)] ?? {};
  const choices = Object.entries(known).filter(([key, { variant }]) => isChoice(key, variant));
  for (const [key, { variant }] of choices) gpu.choices.set(key, variant);
  return choices.length;
}

/** Keeps what was measured on this device, except for pinned work. */
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

/** Forgets everything, of every device. */
export async function clearTuning(): Promise<void> {
  await rm(tuningPath(), { force: true });
}

/** Remembers the adapter found last, so that the next start is fast. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { env } from "../env.js";
import { isJsonObject } from "../io/parse-json.js";
import { writeFileWhole } from "../io/files.js";
import { cacheFolder, checkOwnFolders } from "./cache.js";
import type { AdapterEnvironment } from "./adapters.js";
import { DRIVERS, driverFolder } from "./driver-folder.js";
import { MANIFEST_FOLDERS } from "./vulkan-manifests.js";

/**
 * The adapter found last. It is used again as long as the system's drivers and devices, and the variables that select among
 * them, are the same.
 */
interface Decision extends AdapterEnvironment {
  readonly circumstances: string;
}

const WATCHED = [...MANIFEST_FOLDERS, "/dev/dri"];
/** Raised if the meaning of the file changes. */
const FORMAT = 2;

/** A path with the size and the time of its last change: a driver of another version may give its adapter another name. */
function dated(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${path} ${found.size} ${found.mtimeMs}` : path;
}

function datedContent(folder: string): string {
  return existsSync(folder) ? readdirSync(folder).sort().map((name) => dated(join(folder, name))).join() : "";
}

function circumstances(choice: string): string {
  const variables = [env.libraryPath, ...env.driverSettings];
  const folders = [...WATCHED, ...DRIVERS.map((driver) => join(driverFolder(driver), "lib"))].map(datedContent);
  const devices = existsSync("/dev") ? readdirSync("/dev").filter((name) => /^(nvidia\d+|dxg)$/.test(name)).sort() : [];
  return JSON.stringify([FORMAT, choice, process.arch, variables, folders, devices]);
}

function decisionFile(): string {
  return join(cacheFolder(), "adapter.json");
}

function isDecision(value: unknown): value is Decision {
  if (!isJsonObject(value) || !isJsonObject(value["adapter"]) || !isJsonObject(value["variables"])) return false;
  const { adapter, variables, circumstances: known } = value;
  const texts = [adapter["name"], adapter["backend"], known, ...Object.values(variables)];
  const numbered = ["number", "undefined"].includes(typeof adapter["number"]);
  return numbered && texts.every((text) => typeof text === "string");
}

/** The decision for this choice, if it was made under the present circumstances and its driver still exists. */
export async function recallDecision(choice: string): Promise<AdapterEnvironment | undefined> {
  const text = await readFile(decisionFile(), "utf8").catch(() => "null");
  try {
    // It names a library to load.
    checkOwnFolders([cacheFolder()]);
    const decision: unknown = JSON.parse(text);
    if (!isDecision(decision) || decision.circumstances !== circumstances(choice)) return undefined;
    const manifest = decision.variables["VK_DRIVER_FILES"];
    return manifest === undefined || existsSync(manifest) ? decision : undefined;
  } catch {
    return undefined;
  }
}

/** Stores a decision. If the cache folder cannot be written, as in a container without a home, the next start looks again. */
export async function rememberDecision(choice: string, found: AdapterEnvironment): Promise<void> {
  const decision: Decision = { ...found, circumstances: circumstances(choice) };
  try {
    await mkdir(cacheFolder(), { recursive: true, mode: 0o755 });
    writeFileWhole(decisionFile(), JSON.stringify(decision, null, 2));
  } catch {
    // Nothing is stored.
  }
}

export async function forgetDecision(): Promise<void> {
  await rm(decisionFile(), { force: true }).catch(() => {});
}

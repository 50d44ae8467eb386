/** A software driver in the cache: its files, and the environment that selects it. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { env } from "../env.js";
import { sweepLeftovers } from "../io/files.js";
import { cacheFolder, checkOwnFolders } from "./cache.js";

/**
 * A software driver in the cache. All have the same layout:
 *   lib/   shared libraries, including the Vulkan loader
 *   icd/   one manifest per driver, with a path to its library relative to the manifest
 */
export type DriverName = "lavapipe" | "swiftshader";

export const DRIVERS: readonly DriverName[] = ["lavapipe", "swiftshader"];

/** Part of the name of each driver's adapter, in lower case. */
export const ADAPTER_OF: Readonly<Record<DriverName, string>> = { lavapipe: "llvmpipe", swiftshader: "swiftshader" };

export function driverFolder(driver: DriverName): string {
  return join(cacheFolder(), "drivers", driver);
}

/** Removes what downloads that were killed left in the cache. */
export function sweepDrivers(): void {
  const cache = cacheFolder();
  for (const folder of [cache, join(cache, "drivers")]) sweepLeftovers(folder);
}

/** Moves libraries and manifests into the layout of a driver folder. Throws if there are no libraries or no manifests. */
export async function arrangeDriver(folder: string, libraries: string[], manifests: string[]): Promise<void> {
  if (libraries.length === 0 || manifests.length === 0) {
    throw new Error(`expected libraries and driver manifests, got ${libraries.length} and ${manifests.length}`);
  }
  await mkdir(join(folder, "lib"), { mode: 0o755 });
  await mkdir(join(folder, "icd"), { mode: 0o755 });
  for (const library of libraries) await rename(library, join(folder, "lib", basename(library)));
  for (const manifest of manifests) {
    const text = await readFile(manifest, "utf8");
    const relocated = text.replace(/("library_path"\s*:\s*")(?:[^"]*\/)?([^"/]+")/, "$1../lib/$2");
    await writeFile(join(folder, "icd", basename(manifest)), relocated);
  }
}

/** All files below a folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

/** Paths of the manifests, whose libraries will be loaded. Throws a DeviceError if somebody else could have put them there. */
async function manifests(driver: DriverName): Promise<string[]> {
  const own = driverFolder(driver);
  const folder = join(own, "icd");
  if (existsSync(folder)) checkOwnFolders([cacheFolder(), dirname(own), own, join(own, "lib"), folder]);
  return existsSync(folder) ? (await readdir(folder)).sort().map((name) => join(folder, name)) : [];
}

/** The environment in which the Vulkan loader is found and uses only this driver; undefined if the driver is not in the cache. */
export async function softwareVariables(driver: DriverName): Promise<Record<string, string> | undefined> {
  const icd = (await manifests(driver)).find((path) => /lvp|swiftshader/.test(basename(path)));
  if (icd === undefined) return undefined;
  // VK_ICD_FILENAMES is the old name of VK_DRIVER_FILES; loaders up to 1.3.206 read only the old one.
  return { ...loaderVariables(driver), VK_ICD_FILENAMES: icd, VK_DRIVER_FILES: icd };
}

/** The environment in which a GPU is found by the system's drivers or by those in this driver's folder. */
export async function hardwareVariables(driver: DriverName): Promise<Record<string, string>> {
  return { ...loaderVariables(driver), VK_ADD_DRIVER_FILES: (await manifests(driver)).join(delimiter) };
}

function loaderVariables(driver: DriverName): Record<string, string> {
  const own = join(driverFolder(driver), "lib");
  return {
    LD_LIBRARY_PATH: env.libraryPath ? `${own}${delimiter}${env.libraryPath}` : own,
    // If it is unset, the window-system code of the drivers prints warnings.
    XDG_RUNTIME_DIR: env.runtimeFolder ?? tmpdir(),
  };
}

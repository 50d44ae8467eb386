import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { env } from "../env.js";
import { cacheFolder } from "./cache.js";

/**
 * A software driver in the cache, laid out alike whatever it came from:
 *   lib/   every shared library, among them the Vulkan loader
 *   icd/   one manifest per driver, which names its library relative to itself
 */
export type DriverName = "lavapipe" | "swiftshader";

/** Part of the adapter's name that a driver gives, lower case. */
export const ADAPTER_OF: Readonly<Record<DriverName, string>> = { lavapipe: "llvmpipe", swiftshader: "swiftshader" };

export function driverFolder(driver: DriverName): string {
  return join(cacheFolder(), "drivers", driver);
}

/** Moves loose libraries and manifests into the layout of a driver folder. Throws when one of the kinds is absent. */
export async function arrangeDriver(folder: string, libraries: string[], manifests: string[]): Promise<void> {
  if (libraries.length === 0 || manifests.length === 0) {
    throw new Error(`expected libraries and driver manifests, got ${libraries.length} and ${manifests.length}`);
  }
  await mkdir(join(folder, "lib"));
  await mkdir(join(folder, "icd"));
  for (const library of libraries) await rename(library, join(folder, "lib", basename(library)));
  for (const manifest of manifests) {
    const text = await readFile(manifest, "utf8");
    const relocated = text.replace(/("library_path"\s*:\s*")(?:[^"]*\/)?([^"/]+")/, "$1../lib/$2");
    await writeFile(join(folder, "icd", basename(manifest)), relocated);
  }
}

/** Every file below a folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

async function manifests(driver: DriverName): Promise<string[]> {
  const folder = join(driverFolder(driver), "icd");
  return existsSync(folder) ? (await readdir(folder)).sort().map((name) => join(folder, name)) : [];
}

/** The environment in which the Vulkan loader is found and uses only this driver; undefined if it is not there. */
export async function softwareVariables(driver: DriverName): Promise<Record<string, string> | undefined> {
  const icd = (await manifests(driver)).find((path) => /lvp|swiftshader/.test(basename(path)));
  if (icd === undefined) return undefined;
  // VK_ICD_FILENAMES is the older name of VK_DRIVER_FILES; loaders up to 1.3.206 read only that.
  return { ...loaderVariables(driver), VK_ICD_FILENAMES: icd, VK_DRIVER_FILES: icd };
}

/** The environment in which a GPU is found by the system's own drivers, or by those that came with this one. */
export async function hardwareVariables(driver: DriverName): Promise<Record<string, string>> {
  return { ...loaderVariables(driver), VK_ADD_DRIVER_FILES: (await manifests(driver)).join(delimiter) };
}

function loaderVariables(driver: DriverName): Record<string, string> {
  const own = join(driverFolder(driver), "lib");
  return {
    LD_LIBRARY_PATH: env.libraryPath ? `${own}${delimiter}${env.libraryPath}` : own,
    // Unset, the drivers' window-system code complains of it.
    XDG_RUNTIME_DIR: env.runtimeFolder ?? tmpdir(),
  };
}

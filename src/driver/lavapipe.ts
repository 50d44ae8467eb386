/** Downloads lavapipe, Mesa's software Vulkan driver, with the machine's package client. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createFolderWhole } from "../io/files.js";
import { parseCandidateMajor, parseDependencies, parseSimulation } from "./apt-output.js";
import { openApt, unpackPackages, type Apt } from "./apt.js";
import { arrangeDriver, driverFolder, filesBelow } from "./driver-folder.js";

const WANTED = ["mesa-vulkan-drivers", "libvulkan1"];

/** Dawn refuses the lavapipe of Mesa 22 (Debian 12) and accepts that of Mesa 25; versions between them are tried. */
const OLDEST_MESA = 23;

/** The driver, the loader, and those of their dependencies that are missing or too old here, as `name=version`. */
async function missingPackages(apt: Apt, suite: string | undefined): Promise<string[]> {
  const from = suite === undefined ? [] : ["--target-release", suite];
  const install = ["install", "--simulate", "--no-install-recommends", "--reinstall", ...from, ...WANTED];
  const simulation = parseSimulation(await apt.run("apt-get", ...install));
  const dependencies = parseDependencies(await apt.run("apt-cache", "depends", "--recurse", "--important", ...WANTED));
  // A different C library than the one this process runs on would crash it.
  const missing = simulation.filter(({ name }) => dependencies.has(name) && !/^libc6\b/.test(name));
  return missing.map(({ name, version }) => `${name}=${version}`);
}

async function fill(folder: string, say: (line: string) => void): Promise<void> {
  const work = join(folder, "work");
  const apt = await openApt(work, say);
  const tooOld = parseCandidateMajor(await apt.run("apt-cache", "policy", "mesa-vulkan-drivers")) < OLDEST_MESA;
  const packages = await missingPackages(apt, tooOld ? `${apt.codename}-backports` : undefined);
  const root = await unpackPackages(apt, packages, "lavapipe, a software Vulkan driver", say);
  const files = await filesBelow(root);
  const libraries = files.filter((path) => /\/lib[^/]*\.so[.\d]*$/.test(path) && !path.includes("libVkLayer"));
  await arrangeDriver(folder, libraries, files.filter((path) => /\/vulkan\/icd\.d\/[^/]+\.json$/.test(path)));
  await writeFile(join(folder, "packages.txt"), `${packages.join("\n")}\n`);
  await rm(work, { recursive: true });
}

/** Downloads lavapipe with the package client of Debian or Ubuntu and unpacks it into the cache. */
export async function provideLavapipe(say: (line: string) => void): Promise<void> {
  await createFolderWhole(driverFolder("lavapipe"), (folder) => fill(folder, say));
}

import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chooseAdapter, type AdapterName } from "../../src/driver/adapters.js";
import { probeAdapters } from "../../src/driver/probe.js";
import { MANIFEST_FOLDERS } from "../../src/driver/vulkan-manifests.js";

/** Manifests by which the Vulkan loader may find a GPU's driver. */
export interface DriverTrial {
  /** Where they come from, for people. */
  readonly from: string;
  readonly manifests: readonly string[];
}

/** A GPU, and what to set in the environment of a process that shall see it. */
export interface FoundGpu {
  readonly adapter: AdapterName;
  readonly trial: DriverTrial;
  readonly variables: Readonly<Record<string, string>>;
}

/** The loader's own places, and that of containers which mount NVIDIA's driver. */
const FOLDERS = [...MANIFEST_FOLDERS, "/usr/local/nvidia/share/vulkan/icd.d"];

/** Where NVIDIA's libraries lie, in the system and in containers that mount a folder of them. */
const LIBRARY_FOLDERS = [
  "usr/lib/x86_64-linux-gnu",
  "usr/lib64",
  "usr/lib",
  "usr/local/nvidia/lib64",
  "usr/local/nvidia/lib",
];

/** Drivers that compute on the CPU, and those for 32-bit programs. */
const UNFIT = /lvp|swiftshader|\.i[36]86\./;

/** Either is a Vulkan driver: the first needs X11's libraries, the second does not. */
const NVIDIA_DRIVERS = ["libGLX_nvidia.so.0", "libEGL_nvidia.so.0"];

function installedManifests(root: string): string[] {
  return FOLDERS.map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).sort().map((name) => join(folder, name)))
    .filter((path) => path.endsWith(".json") && !UNFIT.test(path));
}

function writeManifest(folder: string, library: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${library.slice(library.lastIndexOf("/") + 1)}.json`);
  const manifest = { file_format_version: "1.0.0", ICD: { library_path: library, api_version: "1.3.0" } };
  writeFileSync(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
  return path;
}

/**
 * The drivers to try, in order: those of VK_DRIVER_FILES (or the older VK_ICD_FILENAMES) alone, if set; else those
 * installed; then NVIDIA's libraries without a manifest, for which one is written into `folder`.
 *
 * `root`: where the file system begins.
 */
export function driverTrials(environment: NodeJS.ProcessEnv, folder: string, root = "/"): DriverTrial[] {
  const given = environment["VK_DRIVER_FILES"] || environment["VK_ICD_FILENAMES"];
  if (given) return [{ from: "the environment", manifests: given.split(delimiter) }];
  const installed = installedManifests(root);
  const trials: DriverTrial[] = installed.length > 0 ? [{ from: "installed", manifests: installed }] : [];
  for (const name of NVIDIA_DRIVERS) {
    const library = LIBRARY_FOLDERS.map((place) => join(root, place, name)).find((path) => existsSync(path));
    if (library === undefined) continue;
    trials.push({ from: `written for ${library}`, manifests: [writeManifest(folder, library)] });
  }
  return trials;
}

/** LD_LIBRARY_PATH: these folders, the user's own, and those of NVIDIA's that no loader looks into by itself. */
function libraryPath(environment: NodeJS.ProcessEnv, folders: readonly string[]): string {
  const unlisted = LIBRARY_FOLDERS.filter((path) => path.includes("nvidia")).map((path) => join("/", path));
  const own = environment["LD_LIBRARY_PATH"];
  return [...folders, ...(own ? [own] : []), ...unlisted.filter((path) => existsSync(path))].join(delimiter);
}

/**
 * The first trial by which Dawn opens a GPU, with the Vulkan loader of `loaderFolder` or else the system's; undefined
 * when there is none. `report` is told why each other one failed.
 */
export async function findGpu(
  trials: readonly DriverTrial[],
  loaderFolder: string,
  report: (line: string) => void,
): Promise<FoundGpu | undefined> {
  for (const trial of trials) {
    const manifests = trial.manifests.join(delimiter);
    for (const [loader, folders] of [["the bundle's", [loaderFolder]], ["the system's", []]] as const) {
      // VK_ICD_FILENAMES is the older name of VK_DRIVER_FILES; loaders up to 1.3.206 read only that.
      const variables = {
        VK_DRIVER_FILES: manifests,
        VK_ICD_FILENAMES: manifests,
        LD_LIBRARY_PATH: libraryPath(process.env, folders),
      };
      const probe = await probeAdapters({ VK_LOADER_DEBUG: "error,warn", ...variables });
      const adapter = chooseAdapter("hardware", probe.adapters);
      if (adapter) return { adapter, trial, variables };
      const seen = probe.adapters.map(({ name }) => name).join(", ") || "no adapter";
      report(`driver ${trial.from} (${manifests}), ${loader} loader: ${seen}\n${probe.report}`);
    }
  }
  return undefined;
}

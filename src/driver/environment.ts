/** Finds or provides an adapter: the environment in which a process sees it. */
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { env } from "../env.js";
import { DeviceError } from "../errors.js";
import { checkRoom } from "./cache.js";
import { chooseAdapter, isNumber, isSoftware, type AdapterEnvironment, type AdapterName } from "./adapters.js";
import { ADAPTER_OF, driverFolder, hardwareVariables, softwareVariables, type DriverName } from "./driver-folder.js";
import { provideLavapipe } from "./lavapipe.js";
import { adapterOfNumber, environmentOf } from "./numbered-adapter.js";
import { probeAdapters } from "./probe.js";
import { provideSwiftshader } from "./swiftshader.js";

interface Provider {
  readonly driver: DriverName;
  readonly provide: (say: (line: string) => void) => Promise<void>;
}

/** The faster one first. */
const PROVIDERS: readonly Provider[] = [
  { driver: "lavapipe", provide: provideLavapipe },
  { driver: "swiftshader", provide: provideSwiftshader },
];

const FIXED_CHOICES = ["auto", "hardware", "software"];

function say(line: string): void {
  console.error(`adapter: ${line}`);
}

/** Whether the kernel shows a GPU; possibly only the Vulkan loader is missing. */
async function hasGpuDevice(): Promise<boolean> {
  if (existsSync("/dev/nvidia0") || existsSync("/dev/dxg")) return true;
  return existsSync("/dev/dri") && (await readdir("/dev/dri")).some((name) => name.startsWith("renderD"));
}

/** The first of a driver's environments with an adapter for the choice: hardware if there is a GPU, else the driver's own. */
async function tryDriver(driver: DriverName, choice: string): Promise<AdapterEnvironment | undefined> {
  const software = await softwareVariables(driver);
  if (!software) return undefined;
  const environments = choice === "hardware" ? [] : [software];
  if (choice !== "software" && (await hasGpuDevice())) environments.unshift(await hardwareVariables(driver));
  for (const variables of environments) {
    const { adapters } = await probeAdapters(variables);
    const adapter = chooseAdapter(choice, adapters);
    if (adapter && (variables === software || !isSoftware(adapter))) return { adapter, variables };
  }
  return undefined;
}

/** Uses the driver in the cache. Downloads it if it is absent or no longer works. */
async function useProvider({ driver, provide }: Provider, choice: string): Promise<AdapterEnvironment | undefined> {
  const folder = driverFolder(driver);
  const wasThere = existsSync(folder);
  const kept = await tryDriver(driver, choice);
  if (kept) return kept;
  if (wasThere && choice !== "hardware") await rm(folder, { recursive: true });
  if (!existsSync(folder)) {
    checkRoom(folder);
    await provide(say);
  }
  return tryDriver(driver, choice);
}

/** Numbers count the adapters that are found without a choice; one that only this choice brought in has no number. */
function withoutNumber({ adapter: { backend, name }, variables }: AdapterEnvironment): AdapterEnvironment {
  return { adapter: { backend, name }, variables };
}

/** The providers of adapters that the choice allows, the faster one first. */
function admitted(choice: string): readonly Provider[] {
  if (FIXED_CHOICES.includes(choice)) return PROVIDERS;
  return PROVIDERS.filter(({ driver }) => ADAPTER_OF[driver].includes(choice.toLowerCase()));
}

/** The providers that may have an adapter for the choice. */
async function candidates(choice: string): Promise<readonly Provider[]> {
  if (process.platform !== "linux") return [];
  // lavapipe comes with the Vulkan loader, which may be all that a GPU needs.
  if (choice === "hardware") return (await hasGpuDevice()) ? PROVIDERS.slice(0, 1) : [];
  return admitted(choice);
}

function noAdapter(choice: string, seen: readonly AdapterName[], tried: readonly string[]): DeviceError {
  const list = seen.map(({ name }) => name).join(", ") || "none";
  const what = choice === "auto" ? "a WebGPU adapter" : `a WebGPU adapter for "${choice}"`;
  const reasons = tried.length > 0 ? ` Tried ${tried.join("; ")}.` : "";
  return new DeviceError(`adapter: expected ${what}, got ${list}.${reasons} ${advice(choice, seen)}`);
}

/** Advice for a machine without the adapter. */
function advice(choice: string, seen: readonly AdapterName[]): string {
  const own = env.vulkanDrivers;
  if (own) return `VK_DRIVER_FILES or VK_ICD_FILENAMES (${own}) restricts the drivers. Unset both and try again.`;
  if (seen.length > 0) return "Choose one of those, or leave out --adapter and CYCLEGAN_ADAPTER.";
  if (admitted(choice).length === 0) {
    const known = `Choose what "cyclegan doctor" shows`;
    return `No driver is known by that name. ${known}, or leave out --adapter and CYCLEGAN_ADAPTER.`;
  }
  if (process.platform !== "linux") return "Update the graphics driver of this machine.";
  if (choice === "hardware") return `Install the GPU's driver and the Vulkan loader ("apt-get install libvulkan1").`;
  const packages = "libvulkan1 mesa-vulkan-drivers";
  return `Give npm access to a network, or run as root: "apt-get install ${packages}" (on Debian 12 with "-t bookworm-backports").`;
}

/** The adapter with a number. Numbers count the adapters that a process sees without a choice. */
async function ensureNumbered(choice: string): Promise<AdapterEnvironment> {
  const { variables } = await ensureAdapter("auto");
  const { adapters } = await probeAdapters(variables);
  return environmentOf(adapterOfNumber(choice, adapters), adapters, variables);
}

/**
 * Finds the adapter for a choice: `auto`, `hardware`, `software`, a number or part of a name. If the system has none,
 * downloads a software driver into the cache. Throws a DeviceError that says what was tried and what to do.
 */
export async function ensureAdapter(choice = "auto"): Promise<AdapterEnvironment> {
  if (isNumber(choice)) return ensureNumbered(choice);
  const present = await probeAdapters({});
  const adapter = chooseAdapter(choice, present.adapters);
  if (adapter) return { adapter, variables: {} };
  const tried: string[] = [];
  for (const provider of env.vulkanDrivers ? [] : await candidates(choice)) {
    try {
      const found = await useProvider(provider, choice);
      if (found) return choice === "auto" ? found : withoutNumber(found);
      tried.push(`${provider.driver} (it has no such adapter)`);
    } catch (error) {
      // The cache is at fault, and the other driver's place is the same.
      if (error instanceof DeviceError) throw error;
      tried.push(`${provider.driver} (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  throw noAdapter(choice, present.adapters, tried);
}

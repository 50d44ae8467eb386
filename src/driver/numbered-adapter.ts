import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DeviceError } from "../errors.js";
import { chooseAdapter, type AdapterEnvironment, type AdapterName } from "./adapters.js";
import { probeAdapters } from "./probe.js";
import { vulkanManifests } from "./vulkan-manifests.js";

type Variables = Readonly<Record<string, string>>;

/** The adapter of a number. Throws DeviceError, with all there are, when none has it. */
export function adapterOfNumber(choice: string, adapters: readonly AdapterName[]): AdapterName {
  const adapter = chooseAdapter(choice, adapters);
  if (adapter) return adapter;
  const count = adapters.length === 1 ? "There is 1 adapter" : `There are ${adapters.length} adapters`;
  const list = adapters.map(({ name, number }) => `${number} ${name}`).join("; ");
  throw new DeviceError(`adapter: expected a number that "cyclegan doctor" shows, got ${choice}. ${count}: ${list}.`);
}

/** Where the PCI devices of the machine are. */
const PCI_DEVICES = "/sys/bus/pci/devices";

/** The PCI classes of graphics cards, with or without a display, and of accelerators. */
const GPU_CLASS = /^0x(?:03|12)/;

/** The addresses of the graphics cards, ascending: `0000:65:00.0`. */
async function graphicsCards(folder: string): Promise<string[]> {
  const addresses: string[] = await readdir(folder).catch(() => []);
  const classes = addresses.map((address) => readFile(join(folder, address, "class"), "utf8").catch(() => ""));
  const found = await Promise.all(classes);
  return addresses.filter((_, at) => GPU_CLASS.test(found[at] ?? "")).sort();
}

/** Mesa's layer for choosing a device, where it is installed, shows this card of whatever driver, and no other. */
function cardAlone(address: string): Variables {
  return { DRI_PRIME: `pci-${address.replaceAll(/[:.]/g, "_")}!` };
}

/** The Vulkan loader takes this driver and no other. */
function driverAlone(manifest: string): Variables {
  return { VK_DRIVER_FILES: manifest, VK_ICD_FILENAMES: manifest };
}

function advice(): string {
  if (process.platform !== "linux") return "On this system nothing tells the two apart.";
  const layer = "Install Mesa's device-select layer (package mesa-vulkan-drivers), which tells equal cards apart";
  return `${layer}, or start a container that is given only this card.`;
}

/** Those of the variables under which a process sees one adapter, and that is of this name. */
async function effective(name: string, trials: readonly Variables[], variables: Variables): Promise<Variables[]> {
  const probes = await Promise.all(trials.map((trial) => probeAdapters({ ...variables, ...trial })));
  return trials.filter((_, at) => probes[at]?.adapters.length === 1 && probes[at].adapters[0]?.name === name);
}

/**
 * What to set so that a process sees this adapter and none like it.
 *
 * Dawn opens an adapter by its name, the first that contains it, so nothing has to be set where that is the one. Of
 * several equal ones, each is what is seen with one driver alone or, on Linux with Mesa's device-select layer, with one
 * card alone; both are tried in child processes, and taken when they tell exactly these adapters apart. Which of two
 * equal cards gets which number follows their addresses. Throws DeviceError where they cannot be told apart.
 *
 * `variables`: what `adapters` were seen with. `pciDevices`: the folder of the machine's PCI devices.
 */
export async function environmentOf(
  adapter: AdapterName,
  adapters: readonly AdapterName[],
  variables: Variables,
  pciDevices = PCI_DEVICES,
): Promise<AdapterEnvironment> {
  const { backend, name } = adapter;
  const opened = adapters.filter((other) => other.backend === backend && other.name.includes(name));
  const equals = opened.filter((other) => other.name === name);
  if (opened[0] === adapter && equals.length === 1) return { adapter, variables };
  const drivers = await vulkanManifests(variables);
  const cards = await graphicsCards(pciDevices);
  for (const trials of [drivers.map(driverAlone), cards.map(cardAlone)]) {
    const found = backend === "vulkan" ? await effective(name, trials, variables) : [];
    const own = found[equals.indexOf(adapter)];
    if (own && found.length === equals.length) return { adapter, variables: { ...variables, ...own } };
  }
  // The number it has if nothing is done is then the only one that is right.
  if (opened[0] === adapter) return { adapter, variables };
  throw new DeviceError(
    `adapter: expected to open number ${adapter.number}, got number ${opened[0]?.number}: Dawn opens the first adapter ` +
      `with ${JSON.stringify(name)} in its name. ${advice()}`,
  );
}

/** Opens one of several equal adapters by its number. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DeviceError } from "../errors.js";
import { chooseAdapter, type AdapterEnvironment, type AdapterName } from "./adapters.js";
import { probeAdapters } from "./probe.js";
import { vulkanManifests } from "./vulkan-manifests.js";

type Variables = Readonly<Record<string, string>>;

/** The adapter with a number. Throws a DeviceError that lists all adapters if there is none. */
export function adapterOfNumber(choice: string, adapters: readonly AdapterName[]): AdapterName {
  const adapter = chooseAdapter(choice, adapters);
  if (adapter) return adapter;
  const count = adapters.length === 1 ? "There is 1 adapter" : `There are ${adapters.length} adapters`;
  const list = adapters.map(({ name, number }) => `${number} ${name}`).join("; ");
  throw new DeviceError(`adapter: expected a number that "cyclegan doctor" shows, got ${choice}. ${count}: ${list}.`);
}

/** The folder of the machine's PCI devices. */
const PCI_DEVICES = "/sys/bus/pci/devices";

/** The PCI classes of graphics cards, with or without a display, and of accelerators. */
const GPU_CLASS = /^0x(?:03|12)/;

/** The addresses of the graphics cards in ascending order: `0000:65:00.0`. */
async function graphicsCards(folder: string): Promise<string[]> {
  const addresses: string[] = await readdir(folder).catch(() => []);
  const classes = addresses.map((address) => readFile(join(folder, address, "class"), "utf8").catch(() => ""));
  const found = await Promise.all(classes);
  return addresses.filter((_, at) => GPU_CLASS.test(found[at] ?? "")).sort();
}

/** If Mesa's device-select layer is installed, it shows only this card, whatever its driver. */
function cardAlone(address: string): Variables {
  return { DRI_PRIME: `pci-${address.replaceAll(/[:.]/g, "_")}!` };
}

/** The Vulkan loader uses only this driver. */
function driverAlone(manifest: string): Variables {
  return { VK_DRIVER_FILES: manifest, VK_ICD_FILENAMES: manifest };
}

function advice(): string {
  if (process.platform !== "linux") return "This system has no way to tell the two apart.";
  const layer = "Install Mesa's device-select layer (package mesa-vulkan-drivers), which tells equal cards apart";
  return `${layer}, or start a container that is given only this card.`;
}

/** The sets of variables under which a process sees exactly one adapter, with this name. */
async function effective(name: string, trials: readonly Variables[], variables: Variables): Promise<Variables[]> {
  const probes = await Promise.all(trials.map((trial) => probeAdapters({ ...variables, ...trial })));
  return trials.filter((_, at) => probes[at]?.adapters.length === 1 && probes[at].adapters[0]?.name === name);
}

/**
 * The environment in which a process sees this adapter and no equal one.
 *
 * Dawn opens the first adapter whose name contains the given one, so the first needs no variables. Several equal adapters
 * are told apart by allowing only one driver or, on Linux with Mesa's device-select layer, only one card. Both are tried in
 * child processes, and used if they separate exactly these adapters. Equal cards are numbered in the order of their
 * addresses. Throws a DeviceError if the adapters cannot be told apart.
 *
 * `variables`: those with which `adapters` were seen. `pciDevices`: the folder of the machine's PCI devices.
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
  // Otherwise only the adapter that Dawn opens by itself can be reached.
  if (opened[0] === adapter) return { adapter, variables };
  throw new DeviceError(
    `adapter: expected to open number ${adapter.number}, got number ${opened[0]?.number}: Dawn opens the first adapter ` +
      `with ${JSON.stringify(name)} in its name. ${advice()}`,
  );
}

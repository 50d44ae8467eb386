import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { environmentOf } from "../../src/driver/numbered-adapter.js";
import { probeAdapters } from "../../src/driver/probe.js";

vi.mock("../../src/driver/probe.js");

const numbered = (...names: readonly string[]) => names.map((name, number) => ({ backend: "vulkan", name, number }));
const variables = { VK_DRIVER_FILES: "/a.json:/b.json" };
let pci = "";

/** A machine on which a process sees these names under the first variable of these that is set so. */
function seen(lists: Readonly<Record<string, readonly string[]>>, otherwise: readonly string[]): void {
  vi.mocked(probeAdapters).mockImplementation(async (set) => {
    const [, names = otherwise] = Object.entries(lists).find(([value]) => Object.values(set).includes(value)) ?? [];
    return { adapters: numbered(...names), report: "" };
  });
}

async function addDevice(address: string, deviceClass: string): Promise<void> {
  await mkdir(join(pci, address));
  await writeFile(join(pci, address, "class"), `${deviceClass}\n`);
}

beforeEach(async () => {
  pci = await mkdtemp(join(tmpdir(), "cyclegan-pci-"));
});
afterEach(async () => {
  vi.resetAllMocks();
  await rm(pci, { recursive: true });
});

test("an adapter that Dawn finds by its name needs nothing, and nothing is tried", async () => {
  const adapters = numbered("card", "another card");
  for (const adapter of adapters) expect(await environmentOf(adapter, adapters, variables, pci)).toEqual({ adapter, variables });
  expect(probeAdapters).not.toHaveBeenCalled();
});

describe("two cards of one name", () => {
  const cards = numbered("card", "llvmpipe", "card");

  test("are told apart by their addresses where Mesa's layer shows one card alone", async () => {
    await addDevice("0000:c1:00.0", "0x030000");
    await addDevice("0000:65:00.0", "0x030200");
    await addDevice("0000:03:00.0", "0x030000");
    await addDevice("0000:65:00.1", "0x040300");
    const alone = { "pci-0000_65_00_0!": ["card"], "pci-0000_c1_00_0!": ["card"] };
    seen(alone, ["card", "llvmpipe", "card"]);
    const found = [cards[0]!, cards[2]!].map((adapter) => environmentOf(adapter, cards, variables, pci));
    expect((await Promise.all(found)).map((environment) => environment.variables)).toEqual([
      { ...variables, DRI_PRIME: "pci-0000_65_00_0!" },
      { ...variables, DRI_PRIME: "pci-0000_c1_00_0!" },
    ]);
  });

  test("are told apart by their drivers where each has its own", async () => {
    seen({ "/a.json": ["card"], "/b.json": ["card"] }, []);
    expect((await environmentOf(cards[2]!, cards, variables, pci)).variables).toMatchObject({ VK_DRIVER_FILES: "/b.json" });
  });

  test("are not where the layer is absent: the first opens, the second says why not", async () => {
    await addDevice("0000:65:00.0", "0x030200");
    await addDevice("0000:c1:00.0", "0x030000");
    seen({}, ["card", "llvmpipe", "card"]);
    expect(await environmentOf(cards[0]!, cards, variables, pci)).toEqual({ adapter: cards[0], variables });
    await expect(environmentOf(cards[2]!, cards, variables, pci)).rejects.toThrow(/open number 2, got number 0: .*"card"/);
  });

  test("are not when one more thing is seen under that name alone: which is which would be a guess", async () => {
    await addDevice("0000:65:00.0", "0x030200");
    seen({ "/a.json": ["card"], "/b.json": ["llvmpipe"], "pci-0000_65_00_0!": ["card"] }, []);
    await expect(environmentOf(cards[2]!, cards, variables, pci)).rejects.toThrow(/open number 2/);
  });
});

test("one card with two drivers, the second's name within the first's, opens by the second", async () => {
  const adapters = numbered("Radeon RX 7900 XTX (RADV NAVI31)", "Radeon RX 7900 XTX");
  seen({ "/a.json": ["Radeon RX 7900 XTX (RADV NAVI31)"], "/b.json": ["Radeon RX 7900 XTX"] }, []);
  expect((await environmentOf(adapters[1]!, adapters, variables, pci)).variables["VK_DRIVER_FILES"]).toBe("/b.json");
  expect((await environmentOf(adapters[0]!, adapters, variables, pci)).variables).toEqual(variables);
});

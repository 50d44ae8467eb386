import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { driverFolder, type DriverName } from "../../src/driver/driver-folder.js";
import { ensureAdapter } from "../../src/driver/environment.js";
import { provideLavapipe } from "../../src/driver/lavapipe.js";
import { probeAdapters } from "../../src/driver/probe.js";
import { provideSwiftshader } from "../../src/driver/swiftshader.js";
import { DeviceError } from "../../src/errors.js";

vi.mock("../../src/driver/probe.js");
vi.mock("../../src/driver/lavapipe.js");
vi.mock("../../src/driver/swiftshader.js");

const names: Record<DriverName, string> = { lavapipe: "llvmpipe (LLVM 15)", swiftshader: "SwiftShader Device" };
const adapterOf = (driver: DriverName) => ({ backend: "vulkan", name: names[driver] });
let folder = "";

/** A driver as a provider leaves it in the cache. */
async function install(driver: DriverName): Promise<void> {
  await mkdir(join(driverFolder(driver), "icd"), { recursive: true });
  await writeFile(join(driverFolder(driver), "icd", driver === "lavapipe" ? "lvp_icd.json" : "vk_swiftshader_icd.json"), "");
}

/** A machine on which these drivers work, when a process is pointed at them. */
function working(...drivers: readonly DriverName[]): void {
  vi.mocked(probeAdapters).mockImplementation(async (variables) => {
    const driver = drivers.find((name) => variables["VK_DRIVER_FILES"]?.includes(name));
    return { adapters: driver ? [{ ...adapterOf(driver), number: 0 }] : [], report: "" };
  });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cyclegan-environment-"));
  vi.stubEnv("CYCLEGAN_CACHE", folder);
  for (const name of ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"]) vi.stubEnv(name, undefined);
  vi.spyOn(console, "error").mockReturnValue();
  vi.mocked(provideLavapipe).mockImplementation(() => install("lavapipe"));
  vi.mocked(provideSwiftshader).mockImplementation(() => install("swiftshader"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.resetAllMocks();
  await rm(folder, { recursive: true });
});

test("what the system has is taken as it is", async () => {
  vi.mocked(probeAdapters).mockResolvedValue({ adapters: [adapterOf("lavapipe")], report: "" });
  expect(await ensureAdapter("software")).toEqual({ adapter: adapterOf("lavapipe"), variables: {} });
  expect(provideLavapipe).not.toHaveBeenCalled();
});

describe.runIf(process.platform === "linux")("where the system has none", () => {
  test("lavapipe is downloaded once, then used from the cache", async () => {
    working("lavapipe");
    for (const _ of [1, 2]) {
      const { adapter, variables } = await ensureAdapter("software");
      expect(adapter).toEqual(adapterOf("lavapipe"));
      expect(variables["VK_DRIVER_FILES"]).toBe(join(driverFolder("lavapipe"), "icd", "lvp_icd.json"));
    }
    expect(provideLavapipe).toHaveBeenCalledOnce();
    expect(provideSwiftshader).not.toHaveBeenCalled();
  });

  test("a driver in a folder that others can write to is refused, not replaced", async () => {
    working("lavapipe");
    await install("lavapipe");
    await chmod(folder, 0o777);
    await expect(ensureAdapter("software")).rejects.toThrow(/expected a folder that only its owner can write to, since programs are loaded from it, got mode 777/);
    expect(provideLavapipe).not.toHaveBeenCalled();
  });

  test("nothing is downloaded into a cache that cannot be written", async () => {
    working("lavapipe");
    await writeFile(join(folder, "file"), "");
    vi.stubEnv("CYCLEGAN_CACHE", join(folder, "file", "cache"));
    await expect(ensureAdapter("software")).rejects.toThrow(/expected a place that can be written.*CYCLEGAN_CACHE/);
    expect(provideLavapipe).not.toHaveBeenCalled();
  });

  test("SwiftShader follows where lavapipe cannot be had", async () => {
    working("swiftshader");
    vi.mocked(provideLavapipe).mockRejectedValue(new Error("no apt"));
    expect((await ensureAdapter("software")).adapter).toEqual(adapterOf("swiftshader"));
  });

  test("a driver in the cache that no longer works is replaced", async () => {
    await install("lavapipe");
    await writeFile(join(driverFolder("lavapipe"), "old"), "");
    vi.mocked(provideLavapipe).mockImplementation(async () => {
      await install("lavapipe");
      working("lavapipe");
    });
    working();
    expect((await ensureAdapter("software")).adapter).toEqual(adapterOf("lavapipe"));
    expect(existsSync(join(driverFolder("lavapipe"), "old"))).toBe(false);
  });

  test("a name decides which driver is downloaded", async () => {
    working("lavapipe", "swiftshader");
    expect((await ensureAdapter("SwiftShader")).adapter).toEqual(adapterOf("swiftshader"));
    expect(provideLavapipe).not.toHaveBeenCalled();
  });

  test("when all fails, one error says what was tried and what mends it", async () => {
    working();
    vi.mocked(provideSwiftshader).mockRejectedValue(new Error("no network"));
    const failure: unknown = await ensureAdapter("software").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DeviceError);
    expect(String(failure)).toMatch(/"software", got none\. Tried lavapipe \(it has no such.*swiftshader \(no network\)/);
    expect(String(failure)).toContain("apt-get install libvulkan1 mesa-vulkan-drivers");
  });
});

test("a name that no driver has downloads nothing and says so", async () => {
  working();
  await expect(ensureAdapter("radeon")).rejects.toThrow(/for "radeon", got none\. No driver is known by that name\. Choose what "cyclegan doctor" shows/);
  expect(provideLavapipe).not.toHaveBeenCalled();
});

describe("a number", () => {
  const cards = [0, 1].map((number) => ({ backend: "vulkan", name: `card ${number}`, number }));

  test("is that of an adapter which is there without a choice", async () => {
    vi.mocked(probeAdapters).mockResolvedValue({ adapters: cards, report: "" });
    expect(await ensureAdapter("1")).toEqual({ adapter: cards[1], variables: {} });
  });

  test("that none has is an error which lists them", async () => {
    vi.mocked(probeAdapters).mockResolvedValue({ adapters: cards, report: "" });
    await expect(ensureAdapter("2")).rejects.toThrow(/got 2\. There are 2 adapters: 0 card 0; 1 card 1\.$/);
    expect(provideLavapipe).not.toHaveBeenCalled();
  });

  test.runIf(process.platform === "linux")("counts what is downloaded where nothing is there", async () => {
    working("lavapipe", "swiftshader");
    expect((await ensureAdapter("0")).adapter).toEqual({ ...adapterOf("lavapipe"), number: 0 });
    await expect(ensureAdapter("1")).rejects.toThrow(/There is 1 adapter: 0 llvmpipe/);
  });

  test.runIf(process.platform === "linux")("is not given to an adapter that only its name brings in", async () => {
    working("lavapipe", "swiftshader");
    expect((await ensureAdapter("swiftshader")).adapter).toEqual({ backend: "vulkan", name: names.swiftshader });
  });
});

test("drivers that the user restricted are not added to", async () => {
  working("lavapipe");
  vi.stubEnv("VK_DRIVER_FILES", "/mine.json");
  await expect(ensureAdapter("auto")).rejects.toThrow(/VK_DRIVER_FILES .*\/mine\.json.* Unset both/);
  expect(provideLavapipe).not.toHaveBeenCalled();
});

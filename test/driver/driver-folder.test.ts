import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deadPartial } from "../support/dead-partial.js";
import { arrangeDriver, sweepDrivers } from "../../src/driver/driver-folder.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cyclegan-cache-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a driver's manifest names its library relative to itself", async () => {
  const library = join(folder, "libvulkan_lvp.so");
  const manifest = join(folder, "lvp_icd.json");
  await writeFile(library, "");
  await writeFile(manifest, '{"ICD": {"library_path": "/usr/lib/x86_64-linux-gnu/libvulkan_lvp.so"}}');
  const target = join(folder, "driver");
  await mkdir(target);
  await arrangeDriver(target, [library], [manifest]);
  const text = await readFile(join(target, "icd", "lvp_icd.json"), "utf8");
  expect(text).toBe('{"ICD": {"library_path": "../lib/libvulkan_lvp.so"}}');
  expect(existsSync(join(target, "lib", "libvulkan_lvp.so"))).toBe(true);
});

test("what killed downloads left is removed by the next start; without an owner that can be looked up, once it is an hour old", async () => {
  vi.stubEnv("CYCLEGAN_CACHE", folder);
  for (const place of [folder, join(folder, "drivers")]) deadPartial(place);
  for (const name of [".partial-old", ".partial-new"]) await mkdir(join(folder, "drivers", name, "lib"), { recursive: true });
  const longAgo = new Date(Date.now() - 3_700_000);
  await utimes(join(folder, "drivers", ".partial-old"), longAgo, longAgo);
  sweepDrivers();
  vi.unstubAllEnvs();
  expect(await readdir(folder)).toEqual(["drivers"]);
  expect(await readdir(join(folder, "drivers"))).toEqual([".partial-new"]);
});

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeWhole } from "../../src/driver/cache.js";
import { arrangeDriver } from "../../src/driver/driver-folder.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cyclegan-cache-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a folder whose making fails is not there at all", async () => {
  const target = join(folder, "driver");
  const making = makeWhole(target, async (unfinished) => {
    await writeFile(join(unfinished, "half"), "");
    throw new Error("no network");
  });
  await expect(making).rejects.toThrow("no network");
  expect(await readdir(folder)).toEqual([]);
});

test("of two that make it at once, one stays, whole", async () => {
  const target = join(folder, "driver");
  const make = (text: string): Promise<void> =>
    makeWhole(target, (unfinished) => writeFile(join(unfinished, "file"), text));
  await Promise.all([make("one"), make("two")]);
  expect(await readdir(folder)).toEqual(["driver"]);
  expect(["one", "two"]).toContain(await readFile(join(target, "file"), "utf8"));
});

test("others may read it as far as the user lets them read any new folder", async () => {
  const target = join(folder, "driver");
  await makeWhole(target, async () => {});
  expect((await stat(target)).mode & 0o777).toBe(0o777 & ~process.umask());
});

test("what an interrupted process left long ago is removed", async () => {
  const left = join(folder, ".unfinished-old");
  await mkdir(left);
  await utimes(left, 0, 0);
  await makeWhole(join(folder, "driver"), async () => {});
  expect(existsSync(left)).toBe(false);
});

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

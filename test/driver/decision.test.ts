import { chmod, mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { forgetDecision, recallDecision, rememberDecision } from "../../src/driver/decision.js";

let folder = "";
let manifest = "";
const adapter = { backend: "vulkan", name: "llvmpipe" };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cyclegan-decision-"));
  manifest = join(folder, "lvp_icd.json");
  await writeFile(manifest, "{}");
  vi.stubEnv("CYCLEGAN_CACHE", folder);
  await rememberDecision("auto", { adapter, variables: { VK_DRIVER_FILES: manifest } });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test("holds for the choice it was made for, until it is forgotten", async () => {
  expect(await recallDecision("auto")).toMatchObject({ adapter, variables: { VK_DRIVER_FILES: manifest } });
  expect(await recallDecision("hardware")).toBeUndefined();
  await forgetDecision();
  expect(await recallDecision("auto")).toBeUndefined();
});

test("falls when a variable that selects drivers changes, and holds again when it is back", async () => {
  vi.stubEnv("VK_ADD_DRIVER_FILES", "/other.json");
  expect(await recallDecision("auto")).toBeUndefined();
  vi.stubEnv("VK_ADD_DRIVER_FILES", undefined);
  expect(await recallDecision("auto")).toMatchObject({ adapter });
});

test("falls when a variable that changes what a driver calls itself does", async () => {
  vi.stubEnv("LP_NATIVE_VECTOR_WIDTH", "128");
  expect(await recallDecision("auto")).toBeUndefined();
});

test("falls when a library of a driver in the cache changes, as when it is cut short", async () => {
  await mkdir(join(folder, "drivers", "lavapipe", "lib"), { recursive: true });
  await writeFile(join(folder, "drivers", "lavapipe", "lib", "libvulkan_lvp.so"), "whole");
  expect(await recallDecision("auto")).toBeUndefined();
  await rememberDecision("auto", { adapter, variables: {} });
  expect(await recallDecision("auto")).toMatchObject({ adapter });
  await truncate(join(folder, "drivers", "lavapipe", "lib", "libvulkan_lvp.so"), 2);
  expect(await recallDecision("auto")).toBeUndefined();
});

test("is not believed in a folder that others can write to", async () => {
  await chmod(folder, 0o777);
  expect(await recallDecision("auto")).toBeUndefined();
});

test("falls with its driver", async () => {
  await rm(manifest);
  expect(await recallDecision("auto")).toBeUndefined();
});

test("a damaged file counts as none", async () => {
  for (const text of ["", "{", "[]", '{"adapter": {"name": 1}, "variables": {}}']) {
    await writeFile(join(folder, "adapter.json"), text);
    expect(await recallDecision("auto")).toBeUndefined();
  }
});

test("is not kept, and is no error, where the cache folder cannot be made", async () => {
  vi.stubEnv("CYCLEGAN_CACHE", join(manifest, "below a file"));
  await rememberDecision("auto", { adapter, variables: {} });
  expect(await recallDecision("auto")).toBeUndefined();
  await forgetDecision();
});

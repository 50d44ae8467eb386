import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import type * as os from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cacheFolder, checkOwnFolders, checkRoom } from "../../src/driver/cache.js";
import { DeviceError } from "../../src/errors.js";

const homedir = vi.hoisted(() => vi.fn<() => string>());
vi.mock("node:os", async (original) => ({ ...(await original<typeof os>()), homedir }));

const user = process.getuid?.() ?? 0;
const inTemporary = join(tmpdir(), `cyclegan-webgpu-${user}`);
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-cache-"));
  for (const name of ["CYCLEGAN_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"]) vi.stubEnv(name, undefined);
  homedir.mockReturnValue(folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe.skipIf(process.platform !== "linux")("the cache folder", () => {
  test("is in the user's own cache", () => {
    expect(cacheFolder()).toBe(join(folder, ".cache", "cyclegan-webgpu"));
    vi.stubEnv("XDG_CACHE_HOME", join(folder, "xdg"));
    expect(cacheFolder()).toBe(join(folder, "xdg", "cyclegan-webgpu"));
  });

  test("is CYCLEGAN_CACHE if that is set, and then the home folder is not looked up", () => {
    homedir.mockImplementation(() => {
      throw new Error("uv_os_homedir returned ENOENT");
    });
    vi.stubEnv("CYCLEGAN_CACHE", "/somewhere/else");
    expect(cacheFolder()).toBe("/somewhere/else");
  });

  test("is in the folder for temporary files for a user without a home", () => {
    homedir.mockImplementation(() => {
      throw new Error("uv_os_homedir returned ENOENT");
    });
    expect(cacheFolder()).toBe(inTemporary);
  });

  test("is in the folder for temporary files if the home cannot be written", () => {
    writeFileSync(join(folder, "file"), "");
    homedir.mockReturnValue(join(folder, "file"));
    expect(cacheFolder()).toBe(inTemporary);
  });
});

describe("room for a driver", () => {
  test("is there if the disk has the bytes, also for a folder that does not exist yet", () => {
    checkRoom(join(folder, "not", "made", "yet"), 1);
  });

  test("is missing on a disk with less: the error names the folder, both sizes and CYCLEGAN_CACHE", () => {
    expect(() => checkRoom(folder, 1e18)).toThrow(DeviceError);
    expect(() => checkRoom(folder, 1e18)).toThrow(
      /cyclegan-cache-\w+: expected .*B of free space on its disk, got .*B\. Set CYCLEGAN_CACHE to a folder with room/,
    );
  });

  test("is missing if the place is a file", () => {
    writeFileSync(join(folder, "file"), "");
    expect(() => checkRoom(join(folder, "file", "below"), 1)).toThrow(/expected a place that can be written, got a read-only one\. Set CYCLEGAN_CACHE/);
  });
});

describe.skipIf(process.platform === "win32")("folders from which libraries are loaded", () => {
  const own = (mode: number): string => {
    const path = join(folder, mode.toString(8));
    mkdirSync(path);
    chmodSync(path, mode);
    return path;
  };

  test("are accepted if only this user can write to them; those that do not exist are ignored", () => {
    checkOwnFolders([own(0o755), own(0o700), join(folder, "none")]);
  });

  test("are refused if others can write to them", () => {
    for (const mode of [0o777, 0o757]) {
      const path = own(mode);
      expect(() => checkOwnFolders([path])).toThrow(DeviceError);
      expect(() => checkOwnFolders([path])).toThrow(`got mode ${mode.toString(8)}. Set CYCLEGAN_CACHE to a folder of your own, or take it over: chmod -R go-w ${path}`);
    }
  });

  test.skipIf(process.getgid?.() !== user)("may be writable for the user's private group, which has the user's number", () => {
    const path = own(0o775);
    const spy = vi.spyOn(process, "getuid");
    checkOwnFolders([path]);
    spy.mockReturnValue(user + 1);
    expect(() => checkOwnFolders([path])).toThrow(DeviceError);
    spy.mockRestore();
  });

  test("are refused if another user owns them", () => {
    const path = own(0o755);
    // Only root can give a folder away; any other user can pretend to be somebody else.
    if (user === 0) chownSync(path, 12345, 12345);
    const spy = vi.spyOn(process, "getuid").mockReturnValue(user + 1);
    expect(() => checkOwnFolders([path])).toThrow(`got one of user ${user === 0 ? 12345 : user}`);
    spy.mockRestore();
  });
});

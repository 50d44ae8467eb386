import type * as Fs from "node:fs";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { unpaired } from "../../src/data/datasets/unpaired.js";
import { dataFingerprint, findImages } from "../../src/data/image-folder.js";
import { createPatience, mayPass } from "../../src/data/patience.js";
import { DataError, UnreachableError } from "../../src/errors.js";
import { findInputs } from "../../src/translate/inputs.js";
import { temporaryFolder } from "./temporary-folder.js";

/** Paths that end with a key fail with its code, as on a disk that does not answer. */
const failing = vi.hoisted(() => new Map<string, string>());
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof Fs>();
  const check = (path: Fs.PathLike, syscall: string): void => {
    for (const [end, code] of failing) {
      if (String(path).endsWith(end)) throw Object.assign(new Error(`${code}: it fails, ${syscall} '${String(path)}'`), { code, syscall });
    }
  };
  const statSync = (path: Fs.PathLike, options?: Fs.StatSyncOptions) => {
    check(path, "stat");
    return fs.statSync(path, options);
  };
  const readdirSync = (path: Fs.PathLike, options: { encoding: "buffer" }) => {
    check(path, "scandir");
    return fs.readdirSync(path, options);
  };
  return { ...fs, statSync, readdirSync };
});

const root = temporaryFolder();
const fails = (code: string): Error => Object.assign(new Error(code), { code, syscall: "read" });

describe("createPatience", () => {
  const away = (): Promise<never> => Promise.reject(new UnreachableError("x.png: cannot be reached (EIO)."));

  test("does the work again until the image is there, and says so once for all work", async () => {
    const said: string[] = [];
    const patience = createPatience({ seconds: 10, onMessage: (text) => said.push(text) });
    let left = 3;
    const work = (): Promise<string> => (left-- > 0 ? away() : Promise.resolve("read"));
    expect(await Promise.all([patience(work), patience(work)])).toEqual(["read", "read"]);
    expect(said).toEqual(["x.png: cannot be reached (EIO). Waiting for it, up to 10 s."]);
  });

  test("ends after its time, or when the work is interrupted, with the advice", async () => {
    const short = createPatience({ seconds: 0.5, advice: "Look at the disk, then resume." });
    await expect(short(away)).rejects.toThrow("x.png: cannot be reached (EIO). Waited 0.5 s. Look at the disk, then resume.");
    await expect(short(away)).rejects.toThrow(UnreachableError);
    const interrupted = createPatience({ signal: AbortSignal.abort() });
    await expect(interrupted(away)).rejects.toThrow(/Waited 0 s\. Look at the disk, then start again\./);
  });

  test("does not repeat work that fails for another reason", async () => {
    let count = 0;
    const work = (): Promise<never> => {
      count++;
      return Promise.reject(new DataError("damaged"));
    };
    await expect(createPatience({})(work)).rejects.toThrow("damaged");
    expect(count).toBe(1);
  });
});

test("errors of disks and servers may pass; a file that is gone may come back only with its folder", () => {
  mkdirSync(join(root, "empty"));
  writeFileSync(join(root, "there.png"), "");
  for (const code of ["EIO", "ESTALE", "EMFILE", "ENFILE", "ETIMEDOUT"]) expect(mayPass(join(root, "x.png"), fails(code)), code).toBe(true);
  for (const code of ["EACCES", "EISDIR", "ENOENT"]) expect(mayPass(join(root, "x.png"), fails(code)), code).toBe(false);
  expect(mayPass(join(root, "gone", "x.png"), fails("ENOENT"))).toBe(true);
  // The place of a disk that is away.
  expect(mayPass(join(root, "empty", "x.png"), fails("ENOENT"))).toBe(true);
  expect(mayPass(join(root, "gone", "x.png"), new Error("damaged"))).toBe(false);
});

describe("a data set on a disk that does not answer", () => {
  for (const name of ["trainA/1.png", "trainA/2.png", "trainB/1.png"]) {
    mkdirSync(join(root, "set", name, ".."), { recursive: true });
    writeFileSync(join(root, "set", name), name);
  }
  const location = { dataroot: join(root, "set") };
  const whileFailing = (end: string, code: string, work: () => unknown): unknown => {
    failing.set(end, code);
    try {
      return work();
    } finally {
      failing.clear();
    }
  };

  test.each(["trainA/2.png", "trainA", "set"])("is an error that names %s, not a smaller data set", (end) => {
    for (const code of ["EIO", "ESTALE"]) {
      for (const work of [() => findImages(unpaired, location, "train"), () => dataFingerprint(unpaired, location)]) {
        expect(() => whileFailing(end, code, work)).toThrow(UnreachableError);
        expect(() => whileFailing(end, code, work)).toThrow(`${join(root, "set", end.replace("set", ""))}: cannot be reached (${code}: it fails, stat`);
      }
    }
  });

  test("and one without permission are errors in words, also as an input", () => {
    expect(() => whileFailing("trainA", "EACCES", () => dataFingerprint(unpaired, location))).toThrow(DataError);
    expect(() => whileFailing("trainA", "EACCES", () => dataFingerprint(unpaired, location))).toThrow(/trainA: expected a file or folder that can be read, got .*EACCES/);
    expect(() => whileFailing("trainA", "EIO", () => findInputs([join(root, "set", "trainA")]))).toThrow(/trainA: cannot be reached \(EIO/);
  });

  test("without permission for a single image leaves that image out, in the names and in the fingerprint", () => {
    const found = whileFailing("trainA/2.png", "EACCES", () => [findImages(unpaired, location, "train")["A"]?.length, dataFingerprint(unpaired, location)]);
    expect(found).toEqual([1, expect.not.stringMatching(dataFingerprint(unpaired, location))]);
  });
});

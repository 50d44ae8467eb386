import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type * as Fs from "node:fs";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CheckpointError } from "../../src/errors.js";
import { createFolderWhole, isPartial, partialPath, removeFolder, sweepLeftovers, sweepPartials, writeError, writeFilesWhole, writeFileWhole, writeFolderWhole } from "../../src/io/files.js";

/** How many calls succeed before the next fails as on a full disk. */
const left = vi.hoisted(() => ({ writes: Infinity }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof Fs>();
  const writeFileSync: typeof fs.writeFileSync = (...args) => {
    if (left.writes-- <= 0) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC", syscall: "write" });
    fs.writeFileSync(...args);
  };
  return { ...fs, writeFileSync };
});

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-files-"));
});
afterEach(() => {
  left.writes = Infinity;
  rmSync(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);
const content = (name: string): string => readFileSync(at(name), "utf8");

/** An error as Node makes it for a code that it has no name for. */
function unnamed(number: number): Error {
  const code = `Unknown system error -${number}`;
  return Object.assign(new Error(`${code}: ${code}, write`), { code, errno: -number, syscall: "write" });
}

it.skipIf(process.platform !== "linux")("errors of the file system that Node has no name for have theirs, with advice", () => {
  expect(String(writeError("x.png", unnamed(122)))).toBe(
    "CheckpointError: x.png: expected to write it, got EDQUOT (EDQUOT, write). Your share of the disk is used up: free some space.",
  );
  expect(String(writeError("x.png", unnamed(116)))).toContain("got ESTALE (ESTALE, write). The server of this disk has lost the file");
  expect(String(writeError("x.png", unnamed(4095)))).toContain("got Unknown system error -4095");
});

describe("files under a final name", () => {
  it("may have any name that the file system takes: that of their unfinished form has a fixed length", () => {
    const name = `${"n".repeat(251)}.png`;
    writeFileWhole(at(name), "whole");
    expect(content(name)).toBe("whole");
    expect(readdirSync(folder)).toEqual([name]);
    for (const path of ["a", at(name)]) expect(partialPath(path).split("/").at(-1)).toMatch(/^\.partial-[0-9a-f-]{36}$/);
  });

  it("keep their old content, and leave nothing behind, if the disk does not take the new one", () => {
    writeFileWhole(at("a"), "old");
    left.writes = 0;
    expect(() => writeFileWhole(at("a"), "new")).toThrow(CheckpointError);
    expect(() => writeFileWhole(at("a"), "new")).toThrow(/a: expected to write it, got ENOSPC .*The disk is full: free some space\./);
    expect([content("a"), readdirSync(folder)]).toEqual(["old", ["a"]]);
  });

  it("of a set change together: none before all are on the disk", () => {
    writeFilesWhole([[at("a"), "1"], [at("b"), "1"]]);
    left.writes = 1;
    let named = false;
    expect(() => writeFilesWhole([[at("a"), "2"], [at("b"), "2"]], () => void (named = true))).toThrow(/b: expected to write it/);
    expect([content("a"), content("b"), named]).toEqual(["1", "1", false]);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it("and folders are whole or absent, and lose their name before their files", () => {
    const fill = (text: string) => (partial: string): void => writeFileWhole(join(partial, "file"), text);
    writeFolderWhole(at("f"), fill("1"));
    left.writes = 0;
    expect(() => writeFolderWhole(at("f"), fill("2"))).toThrow(CheckpointError);
    left.writes = Infinity;
    expect([content("f/file"), readdirSync(folder)]).toEqual(["1", ["f"]]);
    writeFolderWhole(at("f"), fill("3"));
    expect([content("f/file"), readdirSync(folder)]).toEqual(["3", ["f"]]);
    removeFolder(at("f"));
    removeFolder(at("f"));
    expect(readdirSync(folder)).toEqual([]);
  });

  it("are the only ones left after a sweep of a folder in which no other process writes", () => {
    for (const name of ["kept", basename(partialPath(at("x"))), ".partial-of-an-older-version"]) writeFileSync(at(name), "");
    mkdirSync(partialPath(at("folder")));
    sweepPartials(folder);
    sweepPartials(at("nothing there"));
    expect(readdirSync(folder)).toEqual(["kept"]);
    expect(isPartial("kept")).toBe(false);
  });
});

/** Starts a process that makes unfinished files below a folder and tells their names; it runs until it is killed. */
async function startWriter(): Promise<{ readonly child: ChildProcess; readonly names: readonly string[] }> {
  const files = new URL("../../dist/io/files.js", import.meta.url).href;
  const script = `import { mkdirSync, writeFileSync } from "node:fs";
    import { partialPath } from ${JSON.stringify(files)};
    const made = [partialPath(${JSON.stringify(at("a"))}), partialPath(${JSON.stringify(at("deep/b"))})];
    mkdirSync(${JSON.stringify(at("deep"))}, { recursive: true });
    writeFileSync(made[0], "");
    mkdirSync(made[1]);
    writeFileSync(made[1] + "/.partial-inside", "");
    console.log(made.join("\\n"));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [text] = (await once(child.stdout, "data")) as [Buffer];
  return { child, names: text.toString().trim().split("\n") };
}

describe("leftovers", () => {
  const there = (paths: readonly string[]): boolean[] => paths.map((path) => existsSync(path));

  it("of a process that was killed are swept at once, and those of one that runs never", async () => {
    const [{ child: one, names: dead }, { child: two, names: alive }] = [await startWriter(), await startWriter()];
    const own = partialPath(at("own"));
    writeFileSync(own, "");
    for (const path of [...alive, own]) utimesSync(path, new Date(0), new Date(0));
    one.kill("SIGKILL");
    await once(one, "exit");
    sweepLeftovers(folder);
    expect([there(dead), there(alive), there([own])]).toEqual([[false, true], [true, true], [true]]);
    sweepLeftovers(folder, { recursive: true });
    expect([there(dead), there(alive), there([own])]).toEqual([[false, false], [true, true], [true]]);
    two.kill("SIGKILL");
    await once(two, "exit");
    sweepLeftovers(folder, { recursive: true });
    expect(there(alive)).toEqual([false, false]);
  });

  it.skipIf(process.platform !== "linux")("of an earlier process with the number of one that runs are swept", () => {
    const earlier = partialPath(at("x")).replace(/-[0-9a-f]{8}(-[0-9a-f]{10})$/, "-00000000$1");
    writeFileSync(earlier, "");
    sweepLeftovers(folder);
    expect(existsSync(earlier)).toBe(false);
  });

  it("of other machines and older versions are swept once they are an hour old", () => {
    const names = [".partial-00000000-0000001-00000000-0000000000", ".partial-3f0a"];
    for (const name of names) writeFileSync(at(name), "");
    sweepLeftovers(folder);
    expect(readdirSync(folder)).toEqual(names);
    for (const name of names) utimesSync(at(name), new Date(), new Date(Date.now() - 3_700_000));
    sweepLeftovers(folder);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("are swept by the first file that a process writes into their folder", () => {
    for (const write of [() => writeFileWhole(at("one/a"), ""), () => writeFolderWhole(at("two/a"), () => {})]) {
      for (const name of ["one", "two"]) mkdirSync(at(name), { recursive: true });
      const left = [at("one"), at("two")].map((path) => join(path, ".partial-old"));
      for (const path of left) {
        writeFileSync(path, "");
        utimesSync(path, new Date(0), new Date(0));
      }
      write();
      expect(there(left).filter(Boolean)).toHaveLength(1);
    }
  });
});

describe("a folder that is filled once", () => {
  it("is not there at all if filling it fails", async () => {
    const making = createFolderWhole(at("driver"), async (partial) => {
      await writeFile(join(partial, "half"), "");
      throw new Error("no network");
    });
    await expect(making).rejects.toThrow("no network");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is one of two that are made at once, whole", async () => {
    const make = (text: string): Promise<void> => createFolderWhole(at("driver"), (partial) => writeFile(join(partial, "file"), text));
    await Promise.all([make("one"), make("two")]);
    expect(readdirSync(folder)).toEqual(["driver"]);
    expect(["one", "two"]).toContain(content("driver/file"));
  });

  it("may be read by others as far as the user lets them read any new folder", async () => {
    await createFolderWhole(at("driver"), async () => {});
    expect(statSync(at("driver")).mode & 0o777).toBe(0o777 & ~process.umask());
  });

  it("sweeps what interrupted processes left over an hour ago", async () => {
    const left = at(".partial-old");
    mkdirSync(left);
    utimesSync(left, new Date(0), new Date(0));
    await createFolderWhole(at("below/driver"), async () => {});
    expect(existsSync(left)).toBe(true);
    await createFolderWhole(at("driver"), async () => {});
    expect(readdirSync(folder)).toEqual(["below", "driver"]);
  });
});

/** Files that write otherwise, and why. */
const exceptions: Readonly<Record<string, string>> = {
  "io/files.ts": "is the writer",
  "io/json-lines.ts": "appends",
  "report/tensorboard/event-file.ts": "appends",
  "run/lock.ts": "makes the lock exclusively, and takes a dead one aside",
  "run/best.ts": "gives whole files their names back",
  "driver/driver-folder.ts": "fills a folder of createFolderWhole",
  "driver/lavapipe.ts": "fills a folder of createFolderWhole",
  "driver/swiftshader.ts": "fills a folder of createFolderWhole",
  "driver/apt.ts": "fills a folder of createFolderWhole",
  "download/download.ts": "appends to a file whose state is beside it",
  "download/fetch-data-set.ts": "fills a folder of createFolderWhole",
  "download/unpack-images.ts": "fills a folder of createFolderWhole",
  "demo/built-dataset.ts": "fills a folder of createFolderWhole",
  "demo/drawn-dataset.ts": "fills a folder of createFolderWhole",
  "demo/emoji-dataset.ts": "fills a folder of createFolderWhole",
  "demo/scene-dataset.ts": "fills a folder of createFolderWhole",
  "demo/wallpaper-dataset.ts": "fills a folder of createFolderWhole",
  "cli/sweep.ts": "fills a folder of writeFolderWhole",
  "studio/platform/fs.ts": "is node:fs in a browser, for the writer",
  "studio/disk/file-tree.ts": "holds the files of node:fs in a browser",
  "studio/disk/run-store.ts": "writes what the browser keeps: contents, then their index",
};

it("no other file of the source writes or renames files", () => {
  const source = fileURLToPath(new URL("../../src/", import.meta.url));
  const names = readdirSync(source, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/"));
  const writes = /^(?!\s*(?:\/\/|\*|\/\*)).*\b(?:writeFile|appendFile|rename|copyFile|createWriteStream|cp)(?:Sync)?\(/m;
  const writers = names.filter((name) => name.endsWith(".ts") && !name.startsWith("generated/") && writes.test(readFileSync(join(source, name), "utf8")));
  expect(writers.toSorted()).toEqual(Object.keys(exceptions).toSorted());
});

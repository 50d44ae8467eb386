import { spawnSync } from "node:child_process";
import type * as Fs from "node:fs";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Gpu } from "../../src/gpu/gpu.js";
import { trainConfig } from "../../src/run/options.js";
import { reopenRun } from "../../src/training/open-run.js";
import type { ResumePoint } from "../../src/run/resume.js";
import { runFolder } from "../../src/run/folder.js";
import { lockRun } from "../../src/run/lock.js";
import { ownNamespace } from "./own-namespace.js";

/** What another process does just before this one takes a file away. */
const meanwhile = vi.hoisted(() => ({ once: (): void => {} }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof Fs>();
  const after = <T extends readonly unknown[]>(work: (...args: T) => void) => (...args: T): void => {
    const { once } = meanwhile;
    meanwhile.once = () => {};
    once();
    work(...args);
  };
  return { ...fs, rmSync: after(fs.rmSync), renameSync: after(fs.renameSync) };
});

let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), "cyclegan-race-"));
});
afterEach(() => rmSync(run, { recursive: true }));

const path = (): string => join(run, "run.lock");
const hold = (pid: number): void => writeFileSync(path(), JSON.stringify({ pid, host: hostname(), namespace: ownNamespace(), started: "" }));

test("of two processes that found one lock of an ended process, the second leaves the first's in place", () => {
  hold(spawnSync(process.execPath, ["--version"]).pid);
  meanwhile.once = () => hold(process.ppid);
  expect(() => lockRun(run)).toThrow(`process ${process.ppid} is already training`);
  expect(JSON.parse(readFileSync(path(), "utf8"))).toMatchObject({ pid: process.ppid });
  expect(readdirSync(run)).toEqual(["run.lock"]);
});

test("a lock that another process takes away meanwhile is no error", () => {
  hold(spawnSync(process.execPath, ["--version"]).pid);
  meanwhile.once = () => rmSync(path());
  lockRun(run).release();
});

test("a run that another process has taken over is not trimmed", () => {
  const folder = runFolder(run);
  const log = '{"step":1}\n{"step":2}\n';
  writeFileSync(folder.log, log);
  const lock = lockRun(run);
  hold(process.ppid);
  const from = { run: folder, lock, checkpoint: { step: 1 }, record: {}, store: {} } as unknown as ResumePoint;
  expect(() => reopenRun(trainConfig({ dataroot: "data" }), {} as unknown as Gpu, from, false, () => {})).toThrow(/another process has taken over/);
  expect(readFileSync(folder.log, "utf8")).toBe(log);
  lock.release();
});

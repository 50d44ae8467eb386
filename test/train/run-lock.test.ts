import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CheckpointError } from "../../src/errors.js";
import { lockRun } from "../../src/train/run-lock.js";

let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), "cyclegan-lock-"));
});
afterEach(() => rmSync(run, { recursive: true }));

const path = (): string => join(run, "run.lock");
const hold = (holder: object): void => writeFileSync(path(), JSON.stringify({ host: hostname(), started: "", ...holder }));
const idle = ["--eval", "setTimeout(() => {}, 60_000)"];

describe("the lock of a run", () => {
  test("is there until it is given back, and refuses a second holder", () => {
    const release = lockRun(run);
    expect(() => lockRun(run)).toThrow(CheckpointError);
    expect(() => lockRun(run)).toThrow(`expected a run that nobody trains, got one that process ${process.pid} trains now.`);
    release();
    expect(existsSync(path())).toBe(false);
    lockRun(run)();
  });

  test("of a process that runs is respected", () => {
    const other = spawn(process.execPath, idle, { stdio: "ignore" });
    try {
      hold({ pid: other.pid });
      expect(() => lockRun(run)).toThrow(`process ${other.pid} trains now`);
      expect(JSON.parse(readFileSync(path(), "utf8"))).toMatchObject({ pid: other.pid });
    } finally {
      other.kill();
    }
  });

  test("of a process that has ended is taken over", () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    hold({ pid });
    lockRun(run)();
  });

  test.skipIf(process.platform !== "linux")("of an earlier process with the number of one that runs is taken over", () => {
    hold({ pid: process.pid, started: "another boot 1" });
    lockRun(run)();
  });

  test("of another machine is respected as long as it shows that it is alive", () => {
    hold({ pid: 1, host: "another-machine" });
    const shown = (minutesAgo: number): void => utimesSync(path(), new Date(), new Date(Date.now() - minutesAgo * 60_000));
    shown(9);
    expect(() => lockRun(run)).toThrow(/process 1 on another-machine holds\. If that has ended, remove .*run\.lock, or wait 10 minutes/);
    shown(11);
    lockRun(run)();
  });

  test("shows each minute that its holder is alive", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const release = lockRun(run);
      utimesSync(path(), new Date(0), new Date(0));
      vi.advanceTimersByTime(60_000);
      expect(statSync(path()).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
      // Another has it now: not this one's to keep alive, nor to remove.
      hold({ pid: 1, host: "another-machine" });
      utimesSync(path(), new Date(0), new Date(0));
      vi.advanceTimersByTime(60_000);
      release();
      expect(statSync(path()).mtimeMs).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("that is no lock is taken over", () => {
    writeFileSync(path(), "half a li");
    lockRun(run)();
  });
});

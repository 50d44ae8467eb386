import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CheckpointError } from "../../src/errors.js";
import { lockRun, outwait, type RunLock } from "../../src/run/lock.js";
import { ownNamespace } from "./own-namespace.js";

let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), "cyclegan-lock-"));
});
afterEach(() => rmSync(run, { recursive: true }));

const path = (): string => join(run, "run.lock");
const hold = (holder: object): void => writeFileSync(path(), JSON.stringify({ host: hostname(), namespace: ownNamespace(), started: "", ...holder }));
/** What a lock says of its holder. Gives the lock back. */
function heldBy(lock: RunLock): string {
  const text = readFileSync(path(), "utf8");
  lock.release();
  return text;
}
const idle = ["--eval", "setTimeout(() => {}, 60_000)"];

describe("the lock of a run", () => {
  test("is there until it is given back, and refuses a second holder", () => {
    const lock = lockRun(run);
    expect(() => lockRun(run)).toThrow(CheckpointError);
    expect(() => lockRun(run)).toThrow(`process ${process.pid} is already training this run.`);
    lock.release();
    expect(existsSync(path())).toBe(false);
    lockRun(run).release();
  });

  test("of a process that runs is respected", () => {
    const other = spawn(process.execPath, idle, { stdio: "ignore" });
    try {
      hold({ pid: other.pid });
      expect(() => lockRun(run)).toThrow(`process ${other.pid} is already training`);
      expect(JSON.parse(readFileSync(path(), "utf8"))).toMatchObject({ pid: other.pid });
    } finally {
      other.kill();
    }
  });

  test("of a process that has ended is taken over", () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    hold({ pid });
    lockRun(run).release();
  });

  test.skipIf(process.platform !== "linux")("of an earlier process with the number of one that runs is taken over", () => {
    const started = String(JSON.parse(heldBy(lockRun(run))).started).replace(/ \d+$/, " 1");
    hold({ pid: process.pid, started });
    lockRun(run).release();
  });

  test.each([
    ["another container of this machine", { namespace: "pid:[1]" }],
    ["another machine of the same name", { started: "another-boot 1" }],
  ])("of %s is respected by its heartbeat, though no process here has its number", (_, holder) => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    hold({ pid, ...holder });
    expect(() => lockRun(run)).toThrow(`process ${pid} on ${hostname()} is training this run`);
    utimesSync(path(), new Date(), new Date(Date.now() - 160_000));
    lockRun(run).release();
  });

  test("of another process with this one's number, as in another container, is not mistaken for its own", () => {
    const lock = lockRun(run);
    hold({ pid: process.pid, nonce: "another" });
    expect(() => lock.check()).toThrow(/another process has taken over this run/);
    lock.release();
    expect(existsSync(path())).toBe(true);
  });

  test("of another machine is respected as long as it shows that it is alive", () => {
    hold({ pid: 1, host: "another-machine" });
    const shown = (secondsAgo: number): void => utimesSync(path(), new Date(), new Date(Date.now() - secondsAgo * 1000));
    shown(140);
    expect(() => lockRun(run)).toThrow(/process 1 on another-machine is training this run\. If it has ended, remove .*run\.lock, or wait 2\.5 minutes/);
    shown(160);
    lockRun(run).release();
  });

  test("shows twice a minute that its holder is alive", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const lock = lockRun(run);
      utimesSync(path(), new Date(0), new Date(0));
      vi.advanceTimersByTime(30_000);
      expect(statSync(path()).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
      lock.check();
      // Another has it now: not this one's to keep alive, nor to remove.
      hold({ pid: 1, host: "another-machine" });
      expect(() => lock.check()).toThrow(/run\.lock: another process has taken over this run\. Work since the last checkpoint is lost\./);
      utimesSync(path(), new Date(0), new Date(0));
      vi.advanceTimersByTime(30_000);
      lock.release();
      expect(statSync(path()).mtimeMs).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("of another machine is waited for: until it is silent for long enough, or touched", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "Date"] });
    try {
      const messages: string[] = [];
      hold({ pid: 1, host: "another-machine" });
      const touch = (): void => utimesSync(path(), new Date(), new Date());
      touch();
      let done = false;
      const wait = outwait(run, (text) => messages.push(text)).then(() => (done = true));
      await vi.advanceTimersByTimeAsync(29_000);
      expect(done).toBe(false);
      touch();
      await vi.advanceTimersByTimeAsync(2_000);
      await wait;
      expect(() => lockRun(run)).toThrow(/another-machine is training/);
      expect(messages).toEqual([`Waiting to see whether process 1 on another-machine still trains ${run}: 150 s at most.`]);
      const silent = outwait(run, () => {});
      await vi.advanceTimersByTimeAsync(151_000);
      await silent;
      lockRun(run).release();
    } finally {
      vi.useRealTimers();
    }
  });

  test("that is no lock is taken over", () => {
    writeFileSync(path(), "half a li");
    lockRun(run).release();
  });
});

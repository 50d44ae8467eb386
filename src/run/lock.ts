/** The lock of a run: only one process at a time writes to its folder. */
import { randomUUID } from "node:crypto";
import { constants, copyFileSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { CheckpointError } from "../errors.js";
import { isJsonObject } from "../io/parse-json.js";
import { fileErrorCode, partialPath, removeQuietly, writeError } from "../io/files.js";
import { isRunning, ownNamespace, startOf } from "../io/processes.js";

/** The process that trains a run, as in the run's run.lock. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** The namespace of its number, because each container has its own numbers. Empty if the system does not say. */
  readonly namespace: string;
  /** The boot and the time of its start, which a later process of its number does not have. Empty if the system does not say. */
  readonly started: string;
  /** Random, and different for every lock. */
  readonly nonce: string;
}

/** The interval of the heartbeat, for other machines, which cannot see the process. In milliseconds. */
const BEAT = 30_000;
/** A holder without a heartbeat for this long has ended. Clocks of machines that share a disk differ by less. */
const SILENCE = 5 * BEAT;

/** The lock, as the process that trains a run holds it. */
export interface RunLock {
  /** Throws a CheckpointError if another process has taken over the run, for example while this machine was asleep. */
  check(): void;
  release(): void;
}

function lockPath(run: string): string {
  return join(run, "run.lock");
}

/** The boot in the start of a process; empty if unknown. */
function bootOf(started: string): string {
  return started.split(" ")[0] ?? "";
}

/**
 * Whether this process can look up the holder by its number. A holder on another machine, or in another container, can only be
 * judged by its heartbeat.
 */
function isVisible({ host, namespace, started }: Holder): boolean {
  const sameBoot = started === "" || bootOf(started) === bootOf(startOf(process.pid));
  return host === hostname() && namespace === ownNamespace() && sameBoot;
}

/** The text of a lock; undefined if there is none. */
function readLock(run: string): string | undefined {
  try {
    return readFileSync(lockPath(run), "utf8");
  } catch {
    return undefined;
  }
}

function readHolder(run: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(readLock(run) ?? "");
    if (!isJsonObject(value)) return undefined;
    const { pid, host, namespace, started, nonce } = value;
    if (typeof pid !== "number") return undefined;
    return { pid, host: String(host), namespace: String(namespace), started: String(started), nonce: String(nonce) };
  } catch {
    return undefined;
  }
}

/** Milliseconds since the last heartbeat of the holder. */
function silence(run: string): number {
  const shown = statSync(lockPath(run), { throwIfNoEntry: false })?.mtimeMs;
  return shown === undefined ? Number.POSITIVE_INFINITY : Date.now() - shown;
}

/** Renews the heartbeat of this process. */
function beat(run: string, nonce: string): void {
  try {
    const now = new Date();
    if (readHolder(run)?.nonce === nonce) utimesSync(lockPath(run), now, now);
  } catch (error) {
    // If the disk is gone, the next write reports it.
    if (fileErrorCode(error) === undefined) throw error;
  }
}

/** Throws a CheckpointError if a process that this one can look up trains this run. */
export function refuseRunning(run: string): void {
  const holder = readHolder(run);
  if (!holder || !isVisible(holder)) return;
  const { pid, started } = holder;
  if (!isRunning(pid) || (started !== "" && started !== startOf(pid))) return;
  throw new CheckpointError(
    `${run}: process ${pid} is already training this run. Wait for it, or end it first.`,
  );
}

/** Throws a CheckpointError if another process trains this run, or may train it on another machine or in another container. */
export function refuseLocked(run: string): void {
  refuseRunning(run);
  const holder = readHolder(run);
  if (holder === undefined || isVisible(holder) || silence(run) > SILENCE) return;
  throw new CheckpointError(
    `${run}: process ${holder.pid} on ${holder.host} is training this run. ` +
      `If it has ended, remove ${lockPath(run)}, or wait ${SILENCE / 60_000} minutes.`,
  );
}

/**
 * Waits for a holder that cannot be looked up, until its heartbeat is renewed, in which case `lockRun` will refuse, or has been
 * missing for so long that the holder has ended. Returns at once if no process holds the run.
 */
export async function outwait(run: string, onMessage: (text: string) => void): Promise<void> {
  const seen = silence(run);
  for (let waited = 0; ; waited += 1000) {
    const holder = readHolder(run);
    const now = silence(run);
    // The heartbeat is younger than before plus the time waited: it has been renewed.
    if (holder === undefined || isVisible(holder) || now > SILENCE || now < seen + waited - 1000) return;
    if (waited === 0) onMessage(`Waiting to see whether process ${holder.pid} on ${holder.host} still trains ${run}: ${SILENCE / 1000} s at most.`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/**
 * Removes the lock whose text was found. If another process has replaced it meanwhile, its lock is put back: only after the
 * rename can this process see which one it took.
 */
function removeFound(run: string, found: string): void {
  const aside = partialPath(lockPath(run));
  try {
    renameSync(lockPath(run), aside);
    if (readFileSync(aside, "utf8") !== found) copyFileSync(aside, lockPath(run), constants.COPYFILE_EXCL);
  } catch (error) {
    // Another process was faster to remove it, or to create the next.
    if (fileErrorCode(error) !== "ENOENT" && fileErrorCode(error) !== "EEXIST") throw error;
  } finally {
    removeQuietly(aside);
  }
}

/**
 * Takes the lock of a run. The lock of a process that has ended is taken over, and so is one from another machine or container
 * whose heartbeat has been missing for two and a half minutes. Throws a CheckpointError if another process trains the run.
 */
export function lockRun(run: string): RunLock {
  const path = lockPath(run);
  const { pid } = process;
  const own: Holder = { pid, host: hostname(), namespace: ownNamespace(), started: startOf(pid), nonce: randomUUID() };
  const found = readLock(run);
  refuseLocked(run);
  try {
    if (found !== undefined) removeFound(run, found);
    writeFileSync(path, JSON.stringify(own), { flag: "wx" });
  } catch (error) {
    if (fileErrorCode(error) === "EEXIST") refuseLocked(run);
    throw writeError(path, error);
  }
  const beats = setInterval(() => beat(run, own.nonce), BEAT).unref();
  return {
    check() {
      if (readHolder(run)?.nonce === own.nonce) return;
      throw new CheckpointError(`${path}: another process has taken over this run. Work since the last checkpoint is lost.`);
    },
    release() {
      clearInterval(beats);
      if (readHolder(run)?.nonce === own.nonce) removeQuietly(path);
    },
  };
}

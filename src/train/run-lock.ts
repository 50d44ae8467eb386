import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { CheckpointError } from "../errors.js";
import { isJsonObject } from "../io/parse-json.js";
import { fileErrorCode, removeQuietly, writeError } from "./durable.js";

/** The process that trains a run, as its folder's run.lock names it. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Tells the process from a later one with its number; empty where the system does not say. */
  readonly started: string;
}

function lockPath(run: string): string {
  return join(run, "run.lock");
}

/** When a process was started, in a form for comparison; empty where unknown. */
function startOf(pid: number): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // After the name in parentheses the start is the 20th field, in ticks since the boot.
    const ticks = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ")[19] ?? "";
    return `${boot} ${ticks}`;
  } catch {
    return "";
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return fileErrorCode(error) === "EPERM";
  }
}

function readHolder(run: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(lockPath(run), "utf8"));
    if (!isJsonObject(value)) return undefined;
    const { pid, host, started } = value;
    return typeof pid === "number" ? { pid, host: String(host), started: String(started) } : undefined;
  } catch {
    return undefined;
  }
}

/** Throws a CheckpointError when another process trains this run, or may do so on another machine. */
export function refuseLocked(run: string): void {
  const holder = readHolder(run);
  if (holder === undefined) return;
  const { pid, host, started } = holder;
  if (host === hostname()) {
    if (!isRunning(pid) || (started !== "" && started !== startOf(pid))) return;
    throw new CheckpointError(
      `${run}: expected a run that nobody trains, got one that process ${pid} trains now. Wait for it, or end it first.`,
    );
  }
  throw new CheckpointError(
    `${run}: expected a run that nobody trains, got one that process ${pid} on ${host} holds. ` +
      `If that has ended, remove ${lockPath(run)}.`,
  );
}

/**
 * Makes this process the one that trains a run, until the function that comes back is called. What a process left that
 * has ended is taken over. Throws a CheckpointError when another trains it.
 */
export function lockRun(run: string): () => void {
  const path = lockPath(run);
  const own = JSON.stringify({ pid: process.pid, host: hostname(), started: startOf(process.pid) });
  refuseLocked(run);
  try {
    rmSync(path, { force: true });
    // Fails where another process was quicker.
    writeFileSync(path, own, { flag: "wx" });
  } catch (error) {
    if (fileErrorCode(error) === "EEXIST") refuseLocked(run);
    throw writeError(path, error);
  }
  return () => {
    if (readHolder(run)?.pid === process.pid) removeQuietly(path);
  };
}

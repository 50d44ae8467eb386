/** Whether a process that made a file is still running. */
import { readFileSync, readlinkSync } from "node:fs";

/** The namespace in which this process sees others by their numbers; empty if the system does not say. */
export function ownNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/** The boot of this machine; empty if the system does not say. */
export function ownBoot(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/** What the system says of a process after its name in parentheses: its state, its parent, …; empty if it does not. */
function statusOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
  } catch {
    return [];
  }
}

/** The boot and the start time of a process, for comparison; empty if the system does not say. */
export function startOf(pid: number): string {
  const boot = ownBoot();
  // The start is the 20th field, in ticks since the boot.
  const ticks = statusOf(pid)[19];
  return boot === "" || ticks === undefined ? "" : `${boot} ${ticks}`;
}

/** Whether a process runs. One that has ended, but whose parent has not asked for its result, does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return statusOf(pid)[0] !== "Z";
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

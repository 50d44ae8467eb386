import { readlinkSync } from "node:fs";

/** The namespace of process numbers that a lock of this process names. */
export function ownNamespace(): string {
  return process.platform === "linux" ? readlinkSync("/proc/self/ns/pid") : "";
}

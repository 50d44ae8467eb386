/** The machine that Node runs on. */
import { cpus } from "node:os";
import type { NodeMachine } from "./report.js";

export function machineOf(): NodeMachine {
  const processors = cpus();
  return {
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    processor: processors[0]?.model ?? "unknown",
    cores: processors.length,
  };
}

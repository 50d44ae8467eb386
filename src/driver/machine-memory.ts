/** How much memory a device has that uses the machine's. */
import { totalmem } from "node:os";
import type { Gpu } from "../gpu/gpu.js";

/** The memory of a software adapter is that of the machine, or the part that this process may use. Undefined for other adapters. */
export function machineMemory(gpu: Gpu): number | undefined {
  if (!gpu.isCpu) return undefined;
  const constrained = process.constrainedMemory();
  return constrained ? Math.min(totalmem(), constrained) : totalmem();
}

import type { KernelName, KernelSource } from "../../src/gpu/kernel-arguments.js";

/** The name of a kernel that must be one of the engine's. */
export function engineKernel(kernel: KernelName | KernelSource): KernelName {
  if (typeof kernel === "string") return kernel;
  throw new Error(`expected a kernel of shaders/, got ${kernel.name}`);
}

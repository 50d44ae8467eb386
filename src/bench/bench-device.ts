/** Measures a device: its limits, kernels, then training steps. Runs in Node and in browsers. */
import type { Gpu } from "../gpu/gpu.js";
import { benchKernels } from "./bench-kernels.js";
import { benchSteps } from "./bench-steps.js";
import type { BenchHooks } from "./hooks.js";
import type { KernelCase } from "./kernel-case.js";
import { adapterOf, deviceOf, type Measured } from "./report.js";
import type { StepConfig } from "./step.js";

/** Seconds from the start within which a step must be expected to end. */
const CPU_SECONDS = 120;
const GPU_SECONDS = 60;

/** What is measured. */
export interface Chosen {
  readonly cases: readonly KernelCase[];
  readonly configs: readonly StepConfig[];
}

export interface DeviceBench extends BenchHooks {
  /** Opens the device. It is called again for every step, so that each starts with nothing in memory. */
  readonly open: () => Promise<Gpu>;
  /** Chooses what is measured on the device that was opened. An error that it throws ends the measurement. */
  readonly choose: (gpu: Gpu) => Chosen;
}

/** Limits and kernels, on a device that is released before those of the steps are opened. */
async function benchFirstDevice({ open, choose, ...hooks }: DeviceBench) {
  using gpu = await open();
  const { cases, configs } = choose(gpu);
  const figures = await benchKernels(gpu, cases, hooks);
  return { configs, figures: { adapter: adapterOf(gpu), device: deviceOf(gpu), ...figures } };
}

/**
 * Checks kernels against float64, times them, then times training steps on noise.
 *
 * Throws a KernelError if an output is wrong, a DeviceError without an adapter.
 */
export async function benchDevice(bench: DeviceBench): Promise<Measured> {
  const start = performance.now();
  const { configs, figures } = await benchFirstDevice(bench);
  const seconds = figures.adapter.isCpu ? CPU_SECONDS : GPU_SECONDS;
  const secondsLeft = (): number => seconds - (performance.now() - start) / 1000;
  return { ...figures, ...(await benchSteps(bench.open, configs, secondsLeft, bench)) };
}

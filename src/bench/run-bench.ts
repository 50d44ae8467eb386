/** `cyclegan bench`: times the kernels of the residual blocks, then training steps. */
import { UsageError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { openGpu } from "../open-gpu.js";
import { benchKernels, type KernelsReport, type Saying } from "./bench-kernels.js";
import { benchSteps } from "./bench-steps.js";
import type { KernelCase } from "./kernel-case.js";
import { printAdapter, printVersions } from "./print.js";
import { adapterOf, benchReport, deviceOf, type AdapterReport, type BenchReport, type DeviceReport } from "./report.js";
import { residualCases, steps } from "./sizes.js";
import { stepName, type StepConfig } from "./step.js";

/** Seconds from the start within which a step must be expected to end. */
const CPU_SECONDS = 120;
const GPU_SECONDS = 60;

export interface BenchOptions {
  readonly adapter: string;
  /** Only benchmarks with this in their name; case is ignored. */
  readonly filter: string;
  /** Only the smallest sizes. */
  readonly quick: boolean;
  readonly saying: Saying;
  /** Called with the device before anything is timed. An error that it throws ends the run. */
  readonly onDevice: (gpu: Gpu) => void;
}

interface Chosen {
  readonly cases: readonly KernelCase[];
  readonly configs: readonly StepConfig[];
}

/** Throws a UsageError with all names if the filter matches none. */
function choose({ isCpu }: Gpu, { filter, quick }: BenchOptions): Chosen {
  const [allCases, allConfigs] = [residualCases(quick), steps(isCpu, quick)];
  const chosen = (name: string): boolean => name.toLowerCase().includes(filter.toLowerCase());
  const cases = allCases.filter(({ name }) => chosen(name));
  const configs = allConfigs.filter((config) => chosen(stepName(config)));
  if (cases.length > 0 || configs.length > 0) return { cases, configs };
  const names = [...allCases.map(({ name }) => name), ...allConfigs.map(stepName)].join("; ");
  throw new UsageError(`--filter: expected a part of one of these names, got ${JSON.stringify(filter)}: ${names}.`);
}

interface DeviceFigures extends KernelsReport {
  readonly adapter: AdapterReport;
  readonly device: DeviceReport;
  readonly configs: readonly StepConfig[];
}

/** Limits and kernels, on a device that is released before those of the steps are opened. */
async function benchDevice(options: BenchOptions): Promise<DeviceFigures> {
  using gpu = await openGpu({ adapter: options.adapter });
  options.onDevice(gpu);
  const { cases, configs } = choose(gpu, options);
  const adapter = adapterOf(gpu);
  printAdapter(adapter);
  printVersions();
  const kernels = await benchKernels(gpu, cases, options.saying);
  return { adapter, device: deviceOf(gpu), configs, ...kernels };
}

/**
 * Checks the kernels of the residual blocks against float64, times them, then times training steps on noise. Prints the figures
 * as they become known.
 *
 * Throws a KernelError if an output is wrong, a UsageError if the filter matches nothing, a DeviceError without an adapter.
 */
export async function runBench(options: BenchOptions): Promise<BenchReport> {
  const start = performance.now();
  const { configs, ...figures } = await benchDevice(options);
  const seconds = figures.adapter.isCpu ? CPU_SECONDS : GPU_SECONDS;
  const secondsLeft = (): number => seconds - (performance.now() - start) / 1000;
  const trained = await benchSteps(options.adapter, configs, secondsLeft, options.saying);
  return benchReport({ ...figures, ...trained });
}

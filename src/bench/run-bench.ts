/** `cyclegan bench`: times the kernels of the residual blocks, then training steps. */
import { UsageError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { openGpu } from "../open-gpu.js";
import { benchDevice, type Chosen } from "./bench-device.js";
import type { BenchResult, Saying } from "./hooks.js";
import { machineOf } from "./machine.js";
import { createResultPrinter, printAdapter, printVersions } from "./print.js";
import { adapterOf, benchReport, type BenchReport } from "./report.js";
import { residualCases, steps } from "./sizes.js";
import { stepName } from "./step.js";

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

/**
 * Measures a device (`benchDevice`). Prints the figures as they become known.
 *
 * Throws a KernelError if an output is wrong, a UsageError if the filter matches nothing, a DeviceError without an adapter.
 */
export async function runBench(options: BenchOptions): Promise<BenchReport> {
  const { adapter, saying, onDevice } = options;
  let print: (result: BenchResult) => void = () => {};
  const measured = await benchDevice({
    open: () => openGpu({ adapter }),
    saying,
    choose(gpu) {
      onDevice(gpu);
      const chosen = choose(gpu, options);
      printAdapter(adapterOf(gpu));
      printVersions();
      print = createResultPrinter(chosen.cases.map(({ name }) => name), chosen.configs.map(stepName));
      return chosen;
    },
    onResult: (result) => print(result),
  });
  return benchReport(measured, machineOf());
}

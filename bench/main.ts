/** `npm run bench`: kernels against the limits of the machine, the host's cost of a dispatch, and the training step. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Command, CommanderError, Option } from "commander";
import { benchKernels } from "../src/bench/bench-kernels.js";
import type { KernelCase } from "../src/bench/kernel-case.js";
import { machineOf } from "../src/bench/machine.js";
import { createResultPrinter, printAdapter } from "../src/bench/print.js";
import { adapterOf, type AdapterReport } from "../src/bench/report.js";
import { benchStep, stepName, type StepConfig } from "../src/bench/step.js";
import { DeviceError, UsageError } from "../src/errors.js";
import type { Gpu } from "../src/gpu/gpu.js";
import { openGpu } from "../src/open-gpu.js";
import { comparableOf, compareRuns, parseComparable, type Comparable } from "./compare.js";
import { benchDispatch, dispatchName } from "./dispatch.js";
import { FIRST_STEP, measureFirstStep, measureFirstSteps } from "./first-steps.js";
import { printComparison, printDispatch, printStepNotes, startStepTable } from "./print.js";
import type { BenchedStep, Report } from "./report.js";
import { kernelCasesOf, scales, stepConfigsOf, type Scale } from "./scales.js";

interface Options {
  readonly scale: Scale;
  readonly filter: string;
  readonly json?: string;
  readonly compare?: string;
  readonly adapter: string;
}

/** The adapter of the option. Throws a UsageError if it names none. */
async function open(adapter: string): Promise<Gpu> {
  try {
    return await openGpu({ adapter });
  } catch (error) {
    if (adapter === "auto" || !(error instanceof DeviceError)) throw error;
    throw new UsageError(`--adapter: ${error.message}`, { cause: error });
  }
}

async function benchSteps(options: Options, adapter: AdapterReport, configs: readonly StepConfig[]): Promise<BenchedStep[]> {
  if (configs.length === 0) return [];
  printAdapter(adapter);
  if (adapter.isCpu && options.scale === "full") console.log("a step of this size takes minutes on a CPU adapter");
  console.log();
  const print = startStepTable(configs.map(stepName));
  const steps: BenchedStep[] = [];
  for (const config of configs) {
    const step = await benchStep(() => open(options.adapter), config);
    const index = stepConfigsOf(options.scale).indexOf(config);
    const firstArguments = [options.scale, String(index), "--adapter", options.adapter];
    const result = step.samples === 1 ? step : { ...step, ...(await measureFirstSteps(firstArguments)) };
    print(result);
    steps.push(result);
  }
  printStepNotes(steps);
  return steps;
}

/** The run to compare with. It is read and checked before anything is timed. */
function readComparable(file: string): Comparable {
  if (!existsSync(file)) throw new UsageError(`--compare: expected a file that --json wrote, got ${file}, which is absent.`);
  return parseComparable(readFileSync(file, "utf8"), `--compare ${file}`);
}

async function bench(options: Options): Promise<void> {
  const { scale, filter, json, compare, adapter } = options;
  const chosen = (name: string): boolean => name.toLowerCase().includes(filter.toLowerCase());
  const [allCases, allConfigs] = [kernelCasesOf(scale), stepConfigsOf(scale)];
  const cases = allCases.filter(({ name }) => chosen(name));
  const configs = allConfigs.filter((config) => chosen(stepName(config)));
  if (cases.length === 0 && configs.length === 0 && !chosen(dispatchName)) {
    const names = [...allCases.map(({ name }) => name), dispatchName, ...allConfigs.map(stepName)];
    throw new UsageError(`--filter: expected a part of one of these names, got "${filter}".\n  ${names.join("\n  ")}`);
  }
  if (json !== undefined && !existsSync(dirname(json))) {
    throw new UsageError(`--json: expected a file in a folder that exists, got ${json}. Make ${dirname(json)} first.`);
  }
  const old = compare === undefined ? undefined : readComparable(compare);

  const measured = await benchDevice(adapter, cases, chosen(dispatchName));
  const steps = await benchSteps(options, measured.adapter, configs);
  const report: Report = { date: new Date().toISOString(), ...machineOf(), scale, ...measured, steps };
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (old && compare !== undefined) {
    printAdapter(report.adapter);
    printComparison(compareRuns(old, comparableOf(report)), compare);
  }
}

/** The part of the report that comes from one device. */
async function benchDevice(adapter: string, cases: readonly KernelCase[], withDispatch: boolean) {
  using gpu = await open(adapter);
  const report = adapterOf(gpu);
  if (cases.length > 0 || withDispatch) printAdapter(report);
  const hooks = { saying: <T>(_: string, work: () => Promise<T>) => work(), onResult: createResultPrinter(cases.map(({ name }) => name), []) };
  const kernels = cases.length > 0 ? await benchKernels(gpu, cases, hooks) : { kernels: [] };
  const dispatch = withDispatch ? await benchDispatch(gpu) : undefined;
  if (dispatch !== undefined) printDispatch(dispatchName, dispatch);
  return { adapter: report, ...kernels, ...(dispatch !== undefined && { dispatch }) };
}

/** For `measureFirstSteps`, which runs this program again. */
async function printFirstStep(scale: Scale, index: string, adapter: string): Promise<void> {
  const config = stepConfigsOf(scale)[Number(index)];
  if (!config) throw new UsageError(`${FIRST_STEP}: expected the number of a step of ${scale}, got ${index}.`);
  console.log(JSON.stringify(await measureFirstStep(adapter, config)));
}

const adapterOption = () => new Option("--adapter <which>", "auto, a number that doctor shows, or a part of a name").default("auto");

const command = new Command("bench")
  .description("time the kernels, a dispatch and the training step; every output is checked against float64 first")
  .addOption(new Option("--scale <size>", "small: 64² images; full: 256², for a GPU").choices(scales).default("small"))
  .option("--filter <text>", "only benchmarks with this in their name", "")
  .option("--json <file>", "also write the figures to this file")
  .option("--compare <file>", "print the figures beside those of an earlier --json file")
  .addOption(adapterOption())
  .exitOverride()
  .action((options: Options) => bench(options));

command
  .command(FIRST_STEP, { hidden: true })
  .argument("<scale>")
  .argument("<index>")
  .addOption(adapterOption())
  .action((scale: Scale, index: string, { adapter }: { adapter: string }) => printFirstStep(scale, index, adapter));

await command.parseAsync().catch((error: unknown) => {
  // Commander has printed its own message. Help has exit code 0.
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});

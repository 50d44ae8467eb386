/** `npm run bench:compilers`: compiles every kernel of a training step for AMD's GPUs, and compares it with a committed table. */
import { existsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../../src/errors.js";
import { CannotRun } from "./cannot-run.js";
import { compareDevice, faultsOf } from "./compare.js";
import { compileStep, type CompiledStep, type StepSizes } from "./compile.js";
import { devices, nullDeviceVariables, type Device } from "./null-device.js";
import { LEGEND, printKernels, printRounds } from "./print.js";
import { rowsOf, type KernelRow } from "./rows.js";
import { formatTable, makeTable, readTable, TABLE } from "./table-file.js";

interface Options extends StepSizes {
  readonly device: readonly Device[];
  readonly filter: string;
  readonly json?: string;
  readonly update?: boolean;
  readonly require?: boolean;
}

const STANDARD: StepSizes = { size: 256, blocks: 9, ngf: 64 };
const STANDARD_DEVICES: readonly Device[] = ["navi31", "vega10"];
const UPDATE = "npm run bench:compilers -- --update";

/** The kernels of a device, and the release of Mesa that compiled them. */
interface DeviceResult {
  readonly mesa: string;
  readonly rows: readonly KernelRow[];
}

function mesaOf({ driver }: CompiledStep): string {
  const release = /Mesa (\d+\.\d+\.\d+)/.exec(driver)?.[1];
  if (release === undefined) throw new Error(`expected the release of Mesa in the driver's name, got "${driver}".`);
  return release;
}

/** The rows whose names contain the filter. Throws UsageError if there are none. */
function chosenRows(rows: readonly KernelRow[], filter: string): readonly KernelRow[] {
  const chosen = rows.filter(({ name }) => name.includes(filter));
  if (chosen.length > 0) return chosen;
  const names = rows.map(({ name }) => name).join("\n  ");
  throw new UsageError(`--filter: expected a part of one of these names, got "${filter}".\n  ${names}`);
}

async function compileDevices({ device: names, filter, size, blocks, ngf }: Options): Promise<Map<Device, DeviceResult>> {
  const variablesOf = await nullDeviceVariables();
  const results = new Map<Device, DeviceResult>();
  for (const device of new Set(names)) {
    const step = await compileStep(device, { size, blocks, ngf }, variablesOf(device));
    const rows = rowsOf(step);
    results.set(device, { mesa: mesaOf(step), rows });
    const dispatches = rows.reduce((sum, { figures }) => sum + figures.dispatches, 0);
    const what = `a step at ${size}², ${blocks} blocks, ngf ${ngf}: ${rows.length} kernels, ${dispatches} dispatches`;
    const chosen = chosenRows(rows, filter);
    console.log(`\n${device}, ${step.driver}; ${what}\n`);
    printKernels(chosen);
    console.log();
    printRounds(chosen);
  }
  console.log(`\n${LEGEND}\n`);
  return results;
}

/** Compares the results with the table and prints the differences. Returns whether a hot kernel got worse. */
function compare(results: ReadonlyMap<Device, DeviceResult>): boolean {
  const table = readTable();
  const worse: string[] = [];
  const changed: string[] = [];
  const faults: string[] = [];
  let compared = 0;
  for (const [device, { mesa, rows }] of results) {
    if (mesa !== table.mesa) throw new CannotRun(`this is Mesa ${mesa} and the table was made with ${table.mesa}, so nothing is compared`);
    const old = table.devices[device];
    if (!old) {
      console.log(`${device}: not in the table, so not compared`);
      continue;
    }
    const named = (list: readonly string[]): string[] => list.map((text) => `${device}: ${text}`);
    const differences = compareDevice(old, rows);
    worse.push(...named(differences.worse));
    changed.push(...named(differences.changed));
    faults.push(...named(faultsOf(rows)));
    compared++;
  }
  const list = (title: string, lines: readonly string[]): void => {
    if (lines.length > 0) console.log(`${title}\n  ${lines.join("\n  ")}`);
  };
  list("hot kernels that spill or wait early:", faults);
  list(`changed since the table was written; "${UPDATE}" writes it again:`, changed);
  list(`worse than in the table; fix them, or accept them with "${UPDATE}":`, worse);
  if (worse.length === 0 && compared > 0) {
    console.log(changed.length > 0 ? "no hot kernel is worse than in the table" : "all kernels are as in the table");
  }
  return worse.length > 0;
}

function isStandardStep({ size, blocks, ngf }: StepSizes): boolean {
  return size === STANDARD.size && blocks === STANDARD.blocks && ngf === STANDARD.ngf;
}

/** Throws UsageError for options that do not fit together, before anything is compiled. */
function checkOptions(options: Options): void {
  const { device, filter, json, update } = options;
  if (update && !(isStandardStep(options) && filter === "" && device.join() === STANDARD_DEVICES.join())) {
    throw new UsageError("--update writes the whole table: leave out --device, --filter, --size, --blocks and --ngf.");
  }
  if (json !== undefined && !existsSync(dirname(json))) {
    throw new UsageError(`--json: expected a file in a folder that exists, got ${json}. Make ${dirname(json)} first.`);
  }
}

async function run(options: Options): Promise<void> {
  checkOptions(options);
  const { size, blocks, ngf, json, update } = options;
  const results = await compileDevices(options);
  const [first] = results.values();
  const rows = new Map([...results].map(([device, result]) => [device, result.rows]));
  const table = formatTable(makeTable(first?.mesa ?? "", { size, blocks, ngf }, rows));
  if (json !== undefined) writeFileSync(json, table);
  if (update) {
    writeFileSync(TABLE, table);
    console.log(`written: ${TABLE}`);
  } else if (!isStandardStep(options)) console.log("not compared, because the table is for a step of other sizes");
  else if (compare(results)) process.exitCode = 1;
}

function atLeast(least: number) {
  return (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Expected a whole number, ${least} or more.`);
  };
}

const command = new Command("bench:compilers")
  .description(
    "compile every kernel of a training step for AMD's GPUs with Mesa's compiler, without such a GPU; print registers, spills, " +
      "occupancy, waits and the share of multiply-adds; exit with 1 if a hot kernel (with over 1 % of the multiply-adds) is " +
      "worse than in bench/compilers/table.json",
  )
  .addOption(new Option("--device <name...>", "which GPUs").choices(devices).default(STANDARD_DEVICES))
  .option("--size <pixels>", "side of the images", atLeast(32), STANDARD.size)
  .option("--blocks <count>", "residual blocks of a generator", atLeast(1), STANDARD.blocks)
  .option("--ngf <channels>", "channels of a generator after its first convolution", atLeast(1), STANDARD.ngf)
  .option("--filter <text>", "print only the kernels with this in their names; all are compared", "")
  .option("--json <file>", "also write the figures to this file")
  .option("--update", "write bench/compilers/table.json instead of comparing with it")
  .option("--require", "exit with 1, not 0, if this machine cannot compile or compare")
  .exitOverride()
  .action((options: Options) => run(options));

await command.parseAsync().catch((error: unknown) => {
  // Commander has printed its own message. Help has exit code 0.
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  if (error instanceof CannotRun) {
    console.log(`bench:compilers: not checked: ${error.message}.`);
    process.exitCode = command.opts<Options>().require ? 1 : 0;
    return;
  }
  console.error(`bench:compilers: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});

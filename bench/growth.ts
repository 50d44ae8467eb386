/** `npm run bench:growth`: time and memory of a training step against pixels, width and batch, as JSON and as a plot. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, CommanderError, Option } from "commander";
import { printAdapter } from "../src/bench/print.js";
import { machineOf } from "../src/bench/machine.js";
import { adapterOf } from "../src/bench/report.js";
import { trainOnNoise } from "../src/bench/step.js";
import { significant, startTable } from "../src/bench/table.js";
import { UsageError } from "../src/errors.js";
import type { Gpu } from "../src/gpu/gpu.js";
import { openGpu } from "../src/open-gpu.js";
import { plotGrowth } from "./growth-plot.js";
import type { GrowthPoint, GrowthReport, Sweep } from "./growth-report.js";
import { axes, describeSweep, keyOf, memoryWork, sweepsOf, timeWork, type Axis, type GrowthConfig } from "./growth-sweeps.js";
import { describeLinearity, linearityOf, proportional } from "./linearity.js";
import { scales, type Scale } from "./scales.js";

/**
 * The largest number of rounds, and a time in milliseconds after which no round begins. Each round measures every point once, so
 * that other work on the machine affects all points alike. The result of a point is its minimum.
 */
const ROUNDS = 4;
const BUDGET = 300_000;
/** The least time, in milliseconds, and the fewest steps to measure a point in one round. */
const TURN = 1000;
const FEWEST_STEPS = 2;
const MEBIBYTE = 2 ** 20;

interface Measured {
  readonly milliseconds: number;
  readonly processorMilliseconds: number;
  readonly fixedBytes: number;
  readonly peakBytes: number;
}

/** Measures the wall time of a step, and this process's processor time during it. */
async function timeStep(gpu: Gpu, step: () => Promise<void>): Promise<Pick<Measured, "milliseconds" | "processorMilliseconds">> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await step();
  await gpu.idle();
  const { user, system } = process.cpuUsage(before);
  return { milliseconds: performance.now() - start, processorMilliseconds: (user + system) / 1000 };
}

/**
 * Measures the minimum over some steps, after two that create pipelines and buffers. Each point has its own device, so that the
 * peak only counts that point. Only one device exists at a time: Mesa's software driver maps memory for every bind group, and
 * crashes if several runs together exceed the number of mappings that a process may have.
 */
async function measure(config: GrowthConfig, known: Measured | undefined): Promise<Measured> {
  using gpu = await openGpu();
  const { trainer, step } = trainOnNoise(gpu, config, config.batch);
  const fixedBytes = gpu.stats.liveBytes;
  await timeStep(gpu, step);
  await timeStep(gpu, step);
  let { milliseconds = Infinity, processorMilliseconds = Infinity } = known ?? {};
  const start = performance.now();
  for (let steps = 0; steps < FEWEST_STEPS || performance.now() - start < TURN; steps++) {
    const time = await timeStep(gpu, step);
    milliseconds = Math.min(milliseconds, time.milliseconds);
    processorMilliseconds = Math.min(processorMilliseconds, time.processorMilliseconds);
  }
  const { peakBytes } = gpu.stats;
  trainer.dispose();
  return { milliseconds, processorMilliseconds, fixedBytes, peakBytes };
}

async function measureAll(configs: ReadonlyMap<string, GrowthConfig>): Promise<Map<string, Measured>> {
  const measured = new Map<string, Measured>();
  const start = performance.now();
  for (let round = 1; round <= ROUNDS && performance.now() - start < BUDGET; round++) {
    console.error(`round ${round} of ${ROUNDS} at most`);
    for (const [key, config] of configs) measured.set(key, await measure(config, measured.get(key)));
  }
  return measured;
}

function sweepOf(axis: Axis, scale: Scale, measured: ReadonlyMap<string, Measured>): Sweep {
  const found = sweepsOf(scale)[axis].flatMap((point) => {
    const figures = measured.get(keyOf(point.config));
    return figures ? [{ ...point, ...figures }] : [];
  });
  const times = found.map(({ label, config, milliseconds }) => ({
    label,
    work: timeWork(config),
    fixed: 0,
    total: milliseconds,
  }));
  const memories = found.map(({ label, config, fixedBytes, peakBytes }) => ({
    label,
    work: memoryWork(config),
    fixed: fixedBytes,
    total: peakBytes,
  }));
  const [linearTimes, linearMemories] = [proportional(times), proportional(memories)];
  const points = found.map(({ label, x, config, milliseconds, processorMilliseconds, fixedBytes, peakBytes }, at): GrowthPoint => ({
    label,
    x,
    images: config.batch,
    gigaflops: timeWork(config),
    milliseconds,
    processorMilliseconds,
    millisecondsPerImage: milliseconds / config.batch,
    linearMilliseconds: linearTimes[at] ?? Number.NaN,
    fixedBytes,
    peakBytes,
    linearBytes: linearMemories[at] ?? Number.NaN,
  }));
  return { axis, kept: describeSweep(axis, scale), points, time: linearityOf(times), memory: linearityOf(memories) };
}

function printSweep({ axis, kept, points, time, memory }: Sweep): void {
  console.log(`\n${axis} (${kept})`);
  const headings = ["ms", "ms/image", "CPU ms", "GFLOP", "GFLOP/s", "deviation", "peak MiB", "fixed MiB", "deviation"];
  const row = startTable([
    { heading: "point", width: 8, align: "left" },
    ...headings.map((heading) => ({ heading, width: 9, align: "right" }) as const),
  ]);
  const percent = (part: number | undefined): string => `${(100 * (part ?? Number.NaN)).toFixed(1)} %`;
  for (const [at, point] of points.entries()) {
    const { label, milliseconds, millisecondsPerImage, processorMilliseconds, gigaflops, peakBytes, fixedBytes } = point;
    const rate = (1000 * gigaflops) / milliseconds;
    const times = [milliseconds, millisecondsPerImage, processorMilliseconds, gigaflops, rate].map(significant);
    const memories = [peakBytes, fixedBytes].map((bytes) => (bytes / MEBIBYTE).toFixed(1));
    row([label, ...times, percent(time.deviations[at]), ...memories, percent(memory.deviations[at])]);
  }
  console.log(`time per GFLOP ${describeLinearity(time)}`);
  console.log(`memory, fixed part and activations: ${describeLinearity(memory)}`);
  if (axis !== "batch") return;
  const [one, ...more] = points;
  const ratios = more.map(({ label, millisecondsPerImage: each }) => {
    return `${label} ${(each / (one?.millisecondsPerImage ?? Number.NaN)).toFixed(2)}`;
  });
  console.log(`time per image over that of batch 1: ${ratios.join(", ")}`);
}

async function growth({ scale, out }: { readonly scale: Scale; readonly out: string }): Promise<void> {
  const points = Object.values(sweepsOf(scale)).flat();
  const measured = await measureAll(new Map(points.map(({ config }) => [keyOf(config), config])));
  using gpu = await openGpu();
  const report: GrowthReport = {
    date: new Date().toISOString(),
    command: `npm run bench:growth${scale === "small" ? "" : ` -- --scale ${scale}`}`,
    ...machineOf(),
    adapter: adapterOf(gpu),
    sweeps: axes.map((axis) => sweepOf(axis, scale, measured)),
  };
  printAdapter(report.adapter);
  for (const sweep of report.sweeps) printSweep(sweep);
  await mkdir(out, { recursive: true });
  await writeFile(join(out, "growth.json"), `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(join(out, "growth.png"), await plotGrowth(report));
}

const command = new Command("growth")
  .description("measure time and memory of a training step against pixels, width and batch, and plot them")
  .addOption(new Option("--scale <size>", "small: networks for a CPU adapter; full: the paper's").choices(scales).default("small"))
  .option("--out <folder>", "folder for growth.json and growth.png", "bench/results")
  .exitOverride()
  .action(growth);

await command.parseAsync().catch((error: unknown) => {
  // Commander has printed its own message. Help has exit code 0.
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  console.error(`growth: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});

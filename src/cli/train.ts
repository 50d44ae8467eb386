/** `cyclegan train`. */
import { constants } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import { readLaunch, type Launch } from "../distributed/launch.js";
import { env } from "../env.js";
import { UsageError } from "../errors.js";
import { formatDuration } from "../format.js";
import { writeFileWhole } from "../io/files.js";
import type { ModelDefinition } from "../models/model.js";
import { presentationOf } from "../report/presentation.js";
import { essentialOptions, modelOf, type TrainConfig } from "../run/options.js";
import { checkTraining } from "../training/checks.js";
import { formatHeldOut, formatProgress, type TrainProgress } from "../training/progress.js";
import type { MetricsServer } from "../report/serve/metrics-server.js";
import type { PageServer } from "../report/serve/page-server.js";
import type { TrainHooks, TrainResult } from "../training/train-result.js";
import type { StatusLine } from "./terminal/status-line.js";
import { interruptible } from "./terminal/interrupt.js";
import { shortenHelp } from "./arguments/help.js";
import { gigabytesOption, wholeOption } from "./arguments/number-option.js";
import { printNotes } from "./terminal/notes.js";
import { printable } from "./terminal/printable.js";
import { joinGroup, runProcesses, runRank } from "./ranks.js";
import { addTrainOptions, givenOptions, modelOfArguments, modelOption } from "./arguments/options.js";
import { addServeOptions } from "./arguments/serve-options.js";
import type { ServeValues } from "./arguments/serve-options.js";
import { addTaskOptions, modelAt, taskOf } from "./train-task.js";

const examples = `
Examples:
  cyclegan train --dataroot datasets/horse2zebra --name zebra
  cyclegan train --dataroot datasets/horse2zebra --name small --net-g resnet_6blocks --load-size 143 --crop-size 128
  cyclegan train --dataroot datasets/horse2zebra --name zebra --dry-run
  cyclegan train --dataroot mine --name tuned --init-g-a a2b.safetensors --init-g-b b2a.safetensors --d-warmup 500
  cyclegan train --dataroot datasets/horse2zebra --name try --max-steps 20 --print-freq 1 --overwrite
  cyclegan train --dataroot datasets/horse2zebra --name zebra --live  watch it in a browser
  cyclegan train --resume runs/zebra                                  continue where it stopped, to the same bits
  cyclegan train --resume runs/zebra --n-epochs 150                   train it longer
  cyclegan train --config runs/zebra/config.json --name again         repeat a run
  cyclegan train --dataroot datasets/horse2zebra --name wide --batch-size 4 --processes 4
  torchrun --nproc-per-node 4 --no-python cyclegan train --dataroot datasets/horse2zebra --name wide --batch-size 4

The run is in runs/<name>: index.html (curves and samples), log.jsonl, samples, checkpoints. Frequencies are counted in
images, as in the reference. Ctrl-C finishes the step, saves and ends. A resumed run may change its length, learning rate,
adapter, threads, and when it writes what; everything else stays.`;

/** The options of the command itself that its short help shows. */
const essential = ["model", "resume", "continueTrain", "live", "dryRun"];

/**
 * `args`: what follows the command's name; the model that it names has options of its own. `all`: whether the help shows
 * all options.
 */
export function trainCommand(args: readonly string[] = [], all = false): Command {
  const model = modelOfArguments(args, modelAt);
  const command = new Command("train").description(`train a model, here ${model.title}, on the images of a folder`);
  const memory = new Option("--memory <GB>", "device memory that --dry-run compares with; a software adapter has the machine's");
  const metricsPort = new Option("--metrics-port <n>", "serve the state of the training for Prometheus at this port; 0: any free one; needs the package prom-client");
  const processes = new Option("--processes <n>", "share the micro-batches among so many processes of this machine, each with an adapter of its own if there are several");
  addTaskOptions(addTrainOptions(command.addOption(modelOption()), model)).addOption(new Option("--live", "serve the run's page while it trains").helpGroup("Page:"));
  addServeOptions(command, "Page:")
    .option("--dry-run", "print how much memory and time the training would take, then exit")
    .option("--trace <file>", "write a timeline of the third step, which chrome://tracing and Perfetto open")
    .addOption(memory.argParser(gigabytesOption("--memory")))
    .addOption(metricsPort.argParser(wholeOption("--metrics-port", 0, 65535)).helpGroup("Page:"))
    .addOption(processes.argParser(wholeOption("--processes", 2, 64)).helpGroup("Training:"));
  if (!all) shortenHelp(command, new Set([...essential, ...essentialOptions(model)]));
  return command.addHelpText("after", examples).action(() => runTrain(command, model));
}

async function runTrain(command: Command, model: ModelDefinition): Promise<void> {
  const { dryRun = false, memory, live = false, host, port, metricsPort, trace, allowChangedData = false, processes } = command.opts<Values>();
  checkCompanions(command);
  const launch = launchOf(processes, dryRun);
  if (launch && launch.rank > 0) return runRank(launch, givenOptions(command, model));
  const { config: given, resume, notes } = taskOf(command, model);
  const worldSize = launch?.worldSize ?? processes;
  const config = worldSize === undefined || resume || given.microBatches > 1 ? given : { ...given, microBatches: worldSize };
  checkTraining(config, resume, worldSize);
  if (processes !== undefined && !launch) {
    process.exitCode = await runProcesses(processes);
    return;
  }
  printNotes(notes);
  const { withAdapter } = await import("../driver/reexec.js");
  await withAdapter(config.adapter);
  if (dryRun) return runDry(config, memory);
  const { train } = await import("../training/train.js");
  const { createStatusLine } = await import("./terminal/status-line.js");
  const line = createStatusLine();
  const group = launch && (await joinGroup(launch, (text) => line.message(text)));
  try {
    const metrics = metricsPort === undefined ? undefined : await openMetrics(config.name, host, metricsPort);
    const page = live ? await openPage(config, host, port).catch((error: unknown) => closing(metrics, error)) : undefined;
    if (resume) page?.show();
    line.message("Preparing the device and the first images.");
    const work = async (signal: AbortSignal): Promise<TrainResult> => {
      const onProgress = (progress: TrainProgress): void => {
        page?.show();
        line.show(() => formatProgress(progress));
      };
      try {
        const onMessage = (text: string): void => line.message(text);
        const watched = metrics && { onLog: metrics.log, onMeasured: metrics.measured };
        return await train(config, { resume, allowChangedData, group, signal, onProgress, onMessage, ...watched, ...traceInto(trace, line) });
      } finally {
        line.done();
        await page?.close();
        await metrics?.close();
      }
    };
    const { result, exitCode } = await interruptible(work, () =>
      line.message("Finishing this step and saving the weights. Ctrl-C again ends at once, without saving."),
    );
    printResult(result, model);
    // Another rank may have been asked to end.
    if (result.interrupted) process.exitCode = exitCode === 0 ? 128 + constants.signals.SIGTERM : exitCode;
  } finally {
    await group?.leave();
  }
}

function printResult({ interrupted, steps, seconds, report, run, heldOut }: TrainResult, { sampler }: ModelDefinition): void {
  const uses = [
    `Translate:  cyclegan translate --model ${run} --input <images> --output translated`,
    ...(heldOut ? [`Measure:    cyclegan eval --model ${run}`] : []),
  ];
  const how = interrupted ? "Stopped" : "Done";
  const next = [
    ...(interrupted ? [`Continue:   cyclegan train --resume ${run}`] : []),
    ...(sampler === undefined ? uses : [`Sample:     cyclegan sample --model ${run} --output samples`]),
  ];
  process.stderr.write(`${how} after ${steps} steps in ${formatDuration(seconds)}. All is saved.\n`);
  if (heldOut) process.stderr.write(`On held-out images: ${formatHeldOut(heldOut)}.\n`);
  process.stderr.write(`${next.join("\n")}\n`);
  process.stdout.write(`${report}\n`);
}

/**
 * How this process was started, as one of several. Throws a UsageError for variables of a launcher that make no sense, and for what a
 * training in several processes cannot do.
 */
function launchOf(processes: number | undefined, dryRun: boolean): Launch | undefined {
  const launch = readLaunch(env.launch, env.secret);
  if (dryRun && (launch ?? processes) !== undefined) throw new UsageError("--dry-run measures a single process. Use it without --processes or a launcher.");
  if (launch && processes !== undefined && processes !== launch.worldSize) {
    throw new UsageError(`--processes: a launcher has started this process as one of ${launch.worldSize} (WORLD_SIZE), so ${processes} more cannot be started.`);
  }
  return launch;
}

/** Options that one of others needs to mean anything. */
const companions = { "--memory": ["--dry-run"], "--host": ["--live", "--metrics-port"], "--port": ["--live"] } as const;

/** Throws a UsageError for an option that would be ignored. */
function checkCompanions(command: Command): void {
  const isGiven = (flag: string): boolean => command.options.some((option) => option.long === flag && command.getOptionValueSource(option.attributeName()) === "cli");
  for (const [flag, needed] of Object.entries(companions)) {
    if (isGiven(flag) && !needed.some(isGiven)) throw new UsageError(`${flag} only works with ${needed.join(" or ")}.`);
  }
}

/** Writes the timeline of a step to a file, if one is named. */
function traceInto(path: string | undefined, line: StatusLine): Pick<TrainHooks, "onTrace"> {
  if (path === undefined) return {};
  return {
    onTrace(timeline) {
      writeFileWhole(path, timeline);
      line.message(`Timeline of a step: ${path}. Open it in chrome://tracing or https://ui.perfetto.dev.`);
    },
  };
}

interface Values extends ServeValues {
  readonly trace?: string;
  readonly allowChangedData?: boolean;
  readonly live?: boolean;
  readonly metricsPort?: number;
  readonly dryRun?: boolean;
  readonly processes?: number;
  /** In bytes. */
  readonly memory?: number;
}

/** Serves the page of a run, whose folder is made after the first step. */
async function openPage(config: TrainConfig, host: string, port: number | undefined): Promise<PageServer> {
  const { servePage } = await import("../report/serve/page-server.js");
  const run = join(config.runsDir, config.name);
  const server = await servePage({ run, presentation: presentationOf(modelOf(config), config), host, port, waits: true });
  process.stderr.write(`Page: ${server.url}\n`);
  return server;
}

/** Closes what was opened before an error, so that the process can end, and throws the error again. */
async function closing(opened: Pick<MetricsServer, "close"> | undefined, error: unknown): Promise<never> {
  await opened?.close();
  throw error;
}

/** Serves the state of a training for Prometheus. */
async function openMetrics(run: string, host: string, port: number): Promise<MetricsServer> {
  const { serveMetrics } = await import("../report/serve/metrics-server.js");
  const server = await serveMetrics(run, { host, port });
  process.stderr.write(`Metrics: ${server.url}\n`);
  return server;
}

async function runDry(config: TrainConfig, memoryLimit: number | undefined): Promise<void> {
  const { dryRun } = await import("../training/dry-run/dry-run.js");
  const { formatDryRun } = await import("../training/dry-run/format.js");
  process.stderr.write("Measuring a few steps. This takes up to two minutes on a slow device. No run is created.\n");
  const onMessage = (text: string): void => void process.stderr.write(`${printable(text)}\n`);
  const run = await dryRun(config, { onMessage, ...(memoryLimit === undefined ? {} : { memoryLimit }) });
  process.stdout.write(formatDryRun(run, config["checkpointActivations"]));
}

/** `cyclegan queue work`. */
import { join } from "node:path";
import { Command, Option } from "commander";
import { UsageError } from "../../errors.js";
import { formatDuration, formatNumber } from "../../format.js";
import type { WorkerMetrics } from "../../report/serve/worker-metrics.js";
import type { TranslationQueue } from "../../translate/queue/translation-queue.js";
import type { WorkerOptions, WorkerPlan } from "../../translate/queue/worker-plan.js";
import type { WorkOptions, WorkProgress, WorkResult } from "../../translate/queue/worker.js";
import { modelFlag, modelHelp } from "../arguments/model-option.js";
import { numberOption, wholeOption } from "../arguments/number-option.js";
import { addDeviceOptions, addImageOptions, maskFlag } from "../arguments/translation-options.js";
import { interruptible } from "../terminal/interrupt.js";
import { createStatusLine, type StatusLine } from "../terminal/status-line.js";
import { writeResults } from "../write-results.js";
import { addQueueOptions, addressOf, withQueue, type QueueValues } from "./queue-options.js";

const notes = `
The other options of the translation are those that the job was added with. A worker whose model has other weights is refused.
It ends when all images of the job are done, those of other workers too. Ctrl-C finishes the current image and ends.
An image that cannot be read or written is given up; cyclegan queue status shows it with its error, and the others go on.`;

type Values = QueueValues & WorkerOptions & WorkOptions & { readonly adapter: string; readonly host: string; readonly metricsPort?: number };

export function workCommand(): Command {
  const lease = new Option("--lease <seconds>", "how long a worker may give no sign of life before its images go to others, which may take half as long again");
  const metricsPort = new Option("--metrics-port <n>", "serve the state of the worker for Prometheus at this port; 0: any free one; needs the package prom-client");
  const host = new Option("--host <address>", "address to serve the state on; 0.0.0.0: to the whole network");
  const command = addQueueOptions(new Command("work").description("translate images of a job until all are done"))
    .option(modelFlag, `${modelHelp("a generator")} (default: that of the job)`)
    .option("--input <folder>", "where this machine has the images (default: that of the job)")
    .option("--output <folder>", "where this machine has the translations (default: that of the job)")
    .option(maskFlag, "where this machine has the masks (default: that of the job)");
  addDeviceOptions(command)
    .option("--stay", "when all images are done, wait for more", false)
    .addOption(lease.default(60).argParser(numberOption("--lease", "at least 1 second", (value) => value >= 1)))
    .addOption(metricsPort.argParser(wholeOption("--metrics-port", 0, 65535)))
    .addOption(host.default("127.0.0.1"))
    .addHelpText("after", notes);
  refuseImageOptions(command);
  return command.action(() => runWork(command));
}

/** Makes a usage error of the options that a job has from `queue add`. */
function refuseImageOptions(command: Command): void {
  for (const option of addImageOptions(new Command()).options) {
    const { long } = option;
    if (long === undefined || long === null || command.options.some((own) => own.long === long)) continue;
    command.addOption(new Option(option.flags).hideHelp());
    command.on(`option:${option.name()}`, () => {
      throw new UsageError(`${long} is an option of the job: give it to cyclegan queue add. All workers take it from there.`);
    });
  }
}

async function runWork(command: Command): Promise<void> {
  const values = command.opts<Values>();
  addressOf(values);
  if (values.metricsPort === undefined && command.getOptionValueSource("host") === "cli") throw new UsageError("--host only works with --metrics-port.");
  const { withAdapter } = await import("../../driver/reexec.js");
  await withAdapter(values.adapter);
  const line = createStatusLine();
  const { result, exitCode } = await withQueue(values, (text) => line.message(text), (queue) => workOn(queue, values, line));
  printResult(values.name, result);
  if (exitCode !== 0) process.exitCode = exitCode;
}

interface Work {
  readonly result: WorkResult;
  readonly exitCode: number;
}

async function workOn(queue: TranslationQueue, { lease, stay, host, metricsPort, ...values }: Values, line: StatusLine): Promise<Work> {
  const { planWorker } = await import("../../translate/queue/worker-plan.js");
  const { work } = await import("../../translate/queue/worker.js");
  const plan = await planWorker(await queue.existing(), queue.name, values);
  const metrics = metricsPort === undefined ? undefined : await openMetrics(queue.name, host, metricsPort);
  line.message("Preparing the device and the model.");
  let shown = "";
  const onProgress = (progress: WorkProgress): void => {
    metrics?.state(progress);
    shown = formatWork(progress);
    line.show(() => shown);
  };
  const onTile = (done: number, total: number): void => line.show(() => `${shown}  tile ${done}/${total}`);
  const hooks = { onProgress, onTile, onImage: metrics?.image, onMessage: (text: string): void => line.message(text) };
  const finishing = "Finishing the current image. Ctrl-C again ends at once, and its image goes to another worker.";
  try {
    const outcome = await interruptible((signal) => work(queue, plan, { lease, stay }, { ...hooks, signal }), () => line.message(finishing));
    if (isDone(outcome.result) && (await queue.claimEnd())) await writePage(queue, plan);
    return outcome;
  } finally {
    line.done();
    await metrics?.close();
  }
}

function isDone({ job }: WorkResult): boolean {
  return job !== undefined && job.active + job.waiting === 0;
}

/** Writes the page of all images beside their translations. */
async function writePage(queue: TranslationQueue, { paths, options }: WorkerPlan): Promise<void> {
  const images = (await queue.done()).map(({ from, to }) => ({ from: join(paths.input, from), to: join(paths.output, to) }));
  if (images.length === 0) return;
  writeResults(join(paths.output, "index.html"), `${paths.model}, ${options.direction}`, [{ direction: options.direction, images }]);
}

async function openMetrics(job: string, host: string, port: number): Promise<WorkerMetrics> {
  const { serveWorkerMetrics } = await import("../../report/serve/worker-metrics.js");
  const metrics = await serveWorkerMetrics(job, { host, port });
  process.stderr.write(`Metrics: ${metrics.url}\n`);
  return metrics;
}

/** Such as `12/100 images  1 failed  87 left  3.20 images/s  27 s left  (4 here)`. */
function formatWork({ total, done, failed, active, waiting, own, imagesPerSecond }: WorkProgress): string {
  const left = active + waiting;
  const parts = [`${done}/${total} images`];
  if (failed > 0) parts.push(`${failed} failed`);
  parts.push(`${left} left`);
  if (imagesPerSecond) parts.push(`${formatNumber(imagesPerSecond)} images/s`, `${formatDuration(left / imagesPerSecond)} left`);
  parts.push(`(${own.done} by this worker)`);
  return parts.join("  ");
}

function printResult(name: string, { done, failed, job }: WorkResult): void {
  const gaveUp = failed > 0 ? `, ${failed} given up` : "";
  process.stderr.write(`This worker: ${done} ${done === 1 ? "image" : "images"} translated${gaveUp}.\n`);
  if (!job) return;
  const left = job.active + job.waiting;
  const lost = job.failed > 0 ? `, ${job.failed} failed (cyclegan queue status --name ${name})` : "";
  process.stderr.write(`Job ${name}: ${job.done} of ${job.total} images done${lost}${left > 0 ? `, ${left} left` : ""}.\n`);
}

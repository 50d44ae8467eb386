/** `cyclegan data`. */
import { Command } from "commander";
import { datasetFolder } from "../demo/settings.js";
import type { DemoTask } from "../demo/task.js";
import { tasks } from "../demo/tasks/index.js";
import { dataSets, unserved, type DataSet } from "../download/data-sets.js";
import { fetchDataSet, licenceOf, type FetchedDataSet } from "../download/fetch-data-set.js";
import { formatCounts } from "../download/unpack-images.js";
import { cacheFolder } from "../driver/cache.js";
import { UsageError } from "../errors.js";
import { nearest } from "../run/nearest.js";
import { formatBytes, formatDuration } from "../format.js";
import { createRate } from "../rate.js";
import { interruptible } from "./terminal/interrupt.js";
import { createStatusLine } from "./terminal/status-line.js";

const examples = `
Examples:
  cyclegan data                                        the names, sizes and contents
  cyclegan data horse2zebra                            makes datasets/horse2zebra
  cyclegan data horse2zebra --url ~/horse2zebra.zip    from an archive that you have
  cyclegan data facades_pairs                          pairs, for train --model pix2pix
  cyclegan data emoji                                  the images of the demo

A download that was interrupted continues when you start it again. Nothing but images is unpacked.`;

interface Values {
  readonly url?: string;
  readonly fresh: boolean;
}

export function dataCommand(): Command {
  const command = new Command("data")
    .summary("download a data set of the reference, or make one of the demo's")
    .description("Download a data set of the reference, or make one of the demo's, in datasets/<name>. Without a name, list them.")
    .argument("[name]", "of the data set")
    .option("--url <address>", "where the archive is, or the path of one (default: where the authors serve it)")
    .option("--fresh", "download or make it again, and replace the folder", false)
    .addHelpText("after", examples);
  return command.action((name: string | undefined) => runData(name, command.opts<Values>()));
}

/** The demo's data sets, each with the first task that uses it, by their names. */
const made: ReadonlyMap<string, DemoTask> = new Map(tasks.toReversed().map((task) => [task.dataset, task]));

function listing(): string {
  const width = Math.max(...[...dataSets.map(({ name }) => name), ...made.keys()].map((name) => name.length));
  const row = ({ name, bytes, shows, layout }: DataSet): string =>
    `${name.padEnd(width)}  ${formatBytes(bytes).padStart(8)}  ${shows}${layout === "pairs" ? ", in pairs" : ""}`;
  const others = Object.entries(unserved).map(([name, why]) => `${name.padEnd(width)}  ${"–".padStart(8)}  ${why}.`);
  const demos = [...made].toReversed().map(([name, { summary }]) => `${name.padEnd(width)}  ${"made".padStart(8)}  ${summary}`);
  return [...dataSets.map(row), ...demos, ...others].join("\n");
}

/** The data set of that name. Throws a UsageError if there is none. */
function dataSetNamed(name: string): DataSet {
  const found = dataSets.find((dataSet) => dataSet.name === name);
  if (found) return found;
  const why = unserved[name];
  if (why !== undefined) throw new UsageError(`${name}: expected a data set that is served. ${why}.`);
  const names = [...dataSets.map((dataSet) => dataSet.name), ...made.keys()];
  const like = nearest(name, names);
  throw new UsageError(`${name}: expected ${names.join(" | ")}.${like === undefined ? "" : ` Did you mean ${like}?`}`);
}

async function makeData(task: DemoTask, fresh: boolean): Promise<void> {
  const line = createStatusLine();
  const folder = datasetFolder(task);
  const onProgress = (text: string): void => line.show(() => text);
  await task.makeDataset({ folder, cacheFolder: cacheFolder(), fresh, onProgress, onDone: (text) => line.message(text) }).finally(() => line.done());
  process.stderr.write(`Train on it: cyclegan demo --task ${task.name}\n`);
  process.stdout.write(`${folder}\n`);
}

async function runData(name: string | undefined, values: Values): Promise<void> {
  if (name === undefined) {
    if (values.url !== undefined || values.fresh) throw new UsageError("--url and --fresh only work with the name of a data set.");
    process.stdout.write(`${listing()}\n`);
    return;
  }
  const task = made.get(name);
  if (task) {
    if (values.url !== undefined) throw new UsageError(`--url only works with a data set that is downloaded, not with ${name}, which is made here.`);
    await makeData(task, values.fresh);
    return;
  }
  const dataSet = dataSetNamed(name);
  const line = createStatusLine();
  const rate = createRate();
  const work = (signal: AbortSignal): Promise<FetchedDataSet | undefined> =>
    fetchDataSet(dataSet, {
      ...values,
      parent: "datasets",
      signal,
      onDownload: ({ received, total }) => {
        rate.note(received, performance.now() / 1000);
        line.show(() => formatDownload(name, received, total, rate.perSecond()));
      },
      onUnpack: (images) => line.show(() => `Unpacking ${name}: ${images} images`),
      onMessage: (text) => line.message(text),
    });
  const { result, exitCode } = await interruptible(work, () => {}).finally(() => line.done());
  if (!result) {
    process.exitCode = exitCode;
    return;
  }
  const { folder, images } = result;
  const model = dataSet.layout === "pairs" ? "--model pix2pix " : "";
  process.stderr.write(`Images: ${formatCounts(images)}. ${licenceOf(dataSet)}\nTrain on it: cyclegan train ${model}--dataroot ${folder} --name ${name}\n`);
  process.stdout.write(`${folder}\n`);
}

/** "Downloading maps: 34 MB of 1.48 GB  3.21 MB/s  7 min 30 s left". */
function formatDownload(name: string, received: number, total: number | undefined, perSecond: number | undefined): string {
  const of = total === undefined ? "" : ` of ${formatBytes(total)}`;
  const speed = perSecond === undefined ? "" : `  ${formatBytes(perSecond)}/s`;
  const left = perSecond === undefined || total === undefined ? "" : `  ${formatDuration((total - received) / perSecond)} left`;
  return `Downloading ${name}: ${formatBytes(received)}${of}${speed}${left}`;
}

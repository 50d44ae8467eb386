/** `cyclegan demo`: trains on images that it makes or fetches, and measures the result. */
import { Command, Option } from "commander";
import { datasetFolder, defaultModelOf, demoConfig, runName } from "../demo/settings.js";
import type { DemoTask, HeldOut } from "../demo/task.js";
import { style } from "../demo/tasks/style.js";
import { taskNamed, tasks } from "../demo/tasks/index.js";
import { cacheFolder } from "../driver/cache.js";
import { env } from "../env.js";
import { UsageError } from "../errors.js";
import { formatDuration } from "../format.js";
import { improvement, type Distances, type TranslationSet } from "../report/translations.js";
import { checkRunFolder } from "../run/folder.js";
import type { TrainConfig } from "../run/options.js";
import { formatHeldOut, formatProgress } from "../training/progress.js";
import type { TrainResult } from "../training/train-result.js";
import { wholeOption } from "./arguments/number-option.js";
import { interruptible } from "./terminal/interrupt.js";
import { createStatusLine, type StatusLine } from "./terminal/status-line.js";

const description = `Train a small model on images that this command makes or fetches, and measure it.

Makes the data set of a task below datasets/, trains, translates held-out images, and compares them with the true ones where these are known. Replaces the task's run: runs/demo for the first task, runs/demo-<task> for the others. Without --task, downloads emoji (136 MB, once).`;

const taskList = `
Tasks, with their models, the default first:
${tasks.map(({ name, summary, models }) => `  ${name.padEnd(14)} ${summary} (${Object.keys(models).join(", ")})`).join("\n")}

docs/gallery.md shows what each gives.`;

interface Values {
  readonly task: string;
  readonly model?: string;
  readonly steps?: number;
  readonly seed: number;
  readonly adapter: string;
  readonly fresh: boolean;
}

export function demoCommand(): Command {
  const steps = new Option("--steps <n>", "training steps").default(undefined, "those of the task").argParser(wholeOption("--steps", 1));
  const seed = new Option("--seed <n>", "the same seed on the same adapter gives the same result");
  const command = new Command("demo")
    .summary("train on emoji by two artists, or another task, and measure the result")
    .description(description)
    .option("--task <name>", "what to learn, of the tasks below", style.name)
    .addOption(new Option("--model <name>", "model to train").default(undefined, "the task's first"))
    .addOption(steps)
    .addOption(seed.default(0).argParser(wholeOption("--seed", 0)))
    .option("--adapter <which>", "auto | hardware | software | a number that doctor shows | part of a name", env.adapter ?? "auto")
    .option("--fresh", "build the data set again, from the downloads kept", false)
    .addHelpText("after", taskList);
  return command.action(() => runDemo(command.opts<Values>()));
}

/** The model to train. Throws a UsageError that lists those of the task. */
function modelOfTask(task: DemoTask, model = defaultModelOf(task)): string {
  const models = Object.keys(task.models);
  if (models.includes(model)) return model;
  throw new UsageError(`--model: the task ${task.name} can be trained with ${models.join(", ")}, not with "${model}".`);
}

async function runDemo(values: Values): Promise<void> {
  const task = taskNamed(values.task);
  const model = modelOfTask(task, values.model);
  checkRunFolder({ name: runName(task, model), runsDir: "runs", overwrite: true });
  const { withAdapter } = await import("../driver/reexec.js");
  await withAdapter(values.adapter);
  const line = createStatusLine();
  try {
    const heldOut = await task.makeDataset({
      folder: datasetFolder(task),
      cacheFolder: cacheFolder(),
      fresh: values.fresh,
      onProgress: (text) => line.show(() => text),
      onDone: (text) => line.message(text),
    });
    const { steps = task.steps, seed, adapter } = values;
    await trainAndMeasure(task, demoConfig(task, { model, steps, seed, adapter }), heldOut, line);
  } finally {
    line.done();
  }
}

async function trainAndMeasure(task: DemoTask, config: TrainConfig, heldOut: readonly HeldOut[], line: StatusLine): Promise<void> {
  const { train } = await import("../training/train.js");
  const onMessage = (text: string): void => line.message(text);
  const work = (signal: AbortSignal): Promise<TrainResult> =>
    train(config, { signal, onProgress: (progress) => line.show(() => formatProgress(progress)), onMessage });
  const onInterrupt = (): void => line.message("Finishing this step. Press Ctrl-C again to end at once.");
  const { result: trained, exitCode } = await interruptible(work, onInterrupt);
  const speed = (trained.steps / trained.seconds).toPrecision(3);
  line.message(`Trained ${trained.steps} steps in ${formatDuration(trained.seconds)}, ${speed} steps/s`);
  if (trained.heldOut) line.message(`On held-out images: ${formatHeldOut(trained.heldOut)}`);
  if (trained.interrupted) {
    process.exitCode = exitCode;
    return;
  }
  const { measureTask } = await import("../demo/run-task.js");
  const hooks = { onProgress: (text: string) => line.show(() => text), onMessage };
  const { sets, figures, picture } = await measureTask(task, config, trained.run, heldOut, hooks);
  line.done();
  const table = summary(sets);
  const lines = [...(table === "" ? [] : [table]), ...figures, picture, trained.report];
  process.stdout.write(`${lines.join("\n")}\n`);
}

const percent = (fraction: number): string => `${(fraction * 100).toFixed(1)} %`;

type Measured = TranslationSet & { readonly distances: Distances };

/** A table of the distances before and after translation, and by how much they fell; empty if the true images are unknown. */
export function summary(sets: readonly TranslationSet[]): string {
  const measured = sets.filter((set): set is Measured => set.distances !== undefined);
  if (measured.length === 0) return "";
  const rows = measured.map(({ from, to, distances }) => {
    const { untranslated, translated } = distances;
    const figures = [untranslated.toFixed(4), translated.toFixed(4), percent(improvement(distances))];
    return `${`${from} to ${to}`.padEnd(32)}${figures.map((text) => text.padStart(14)).join("")}`;
  });
  const mean = measured.reduce((sum, { distances }) => sum + improvement(distances), 0) / measured.length;
  const images = measured[0]?.rows.length ?? 0;
  return [
    `Distance to the true image (mean |a - b|, images in [-1, 1]) of ${images} images never seen in training:`,
    `${"".padEnd(32)}${["untranslated", "translated", "nearer by"].map((text) => text.padStart(14)).join("")}`,
    ...rows,
    ...(measured.length > 1 ? [`${"average".padEnd(60)}${percent(mean).padStart(14)}`] : []),
  ].join("\n");
}

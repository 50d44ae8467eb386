/** `cyclegan demo`: trains on emoji and measures the result. */
import { join } from "node:path";
import { Command, Option } from "commander";
import { emojiDataset } from "../demo/emoji-dataset.js";
import type { EmojiSplit } from "../demo/emoji.js";
import { compareHeldOut, prepareHeldOut, translationFolders, writeHeldOutGrid } from "../demo/held-out.js";
import { demoConfig, demoDataset, demoSize } from "../demo/settings.js";
import { cacheFolder } from "../driver/cache.js";
import { env } from "../env.js";
import { presentationOf } from "../report/presentation.js";
import { writeReport } from "../report/report.js";
import { improvement, writeTranslations } from "../report/translations.js";
import type { TranslationSet } from "../report/translations.js";
import { modelOf, type TrainConfig } from "../run/options.js";
import { formatHeldOut, formatProgress } from "../training/progress.js";
import { formatDuration } from "../format.js";
import { checkRunFolder } from "../run/folder.js";
import { createStatusLine } from "./terminal/status-line.js";
import type { StatusLine } from "./terminal/status-line.js";
import type { TrainResult } from "../training/train-result.js";
import { interruptible } from "./terminal/interrupt.js";
import { wholeOption } from "./arguments/number-option.js";

const description = `Train a small CycleGAN on emoji by two artists, and measure it.

Downloads the drawings (136 MB, once), builds ${demoDataset}, trains at ${demoSize}×${demoSize}, translates held-out emoji and compares them with the drawings of the other artist. Replaces runs/demo.`;

interface Values {
  readonly steps: number;
  readonly seed: number;
  readonly adapter: string;
  readonly fresh: boolean;
}

export function demoCommand(): Command {
  const steps = new Option("--steps <n>", "training steps").default(1000).argParser(wholeOption("--steps", 1));
  const seed = new Option("--seed <n>", "the same seed on the same adapter gives the same result");
  const command = new Command("demo")
    .summary("train on emoji by two artists and measure the result")
    .description(description)
    .addOption(steps)
    .addOption(seed.default(0).argParser(wholeOption("--seed", 0)))
    .option("--adapter <which>", "auto | hardware | software | a number that doctor shows | part of a name", env.adapter ?? "auto")
    .option("--fresh", "build the data set again, from the downloads kept", false);
  return command.action(() => runDemo(command.opts<Values>()));
}

async function runDemo(values: Values): Promise<void> {
  checkRunFolder({ name: "demo", runsDir: "runs", overwrite: true });
  const { withAdapter } = await import("../driver/reexec.js");
  await withAdapter(values.adapter);
  const line = createStatusLine();
  try {
    const split = await emojiDataset({
      folder: demoDataset,
      cacheFolder: cacheFolder(),
      fresh: values.fresh,
      onProgress: (text) => line.show(() => text),
      onDone: (text) => line.message(text),
    });
    await trainAndMeasure(demoConfig(values, split), split, line);
  } finally {
    line.done();
  }
}

async function trainAndMeasure(config: TrainConfig, split: EmojiSplit, line: StatusLine): Promise<void> {
  const { train } = await import("../training/train.js");
  const work = (signal: AbortSignal): Promise<TrainResult> =>
    train(config, {
      signal,
      onProgress: (progress) => line.show(() => formatProgress(progress)),
      onMessage: (text) => line.message(text),
    });
  const onInterrupt = (): void => line.message("Finishing this step. Press Ctrl-C again to end at once.");
  const { result: trained, exitCode } = await interruptible(work, onInterrupt);
  const speed = (trained.steps / trained.seconds).toPrecision(3);
  line.message(`Trained ${trained.steps} steps in ${formatDuration(trained.seconds)}, ${speed} steps/s`);
  if (trained.heldOut) line.message(`On held-out emoji: ${formatHeldOut(trained.heldOut)}, of sliced Wasserstein distances × 1000`);
  if (trained.interrupted) {
    process.exitCode = exitCode;
    return;
  }
  const sets = await translateHeldOut(config, trained.run, split, line);
  writeTranslations(trained.run, sets);
  await writeReport(trained.run, presentationOf(modelOf(config), config));
  const picture = join(trained.run, "translations.png");
  await writeHeldOutGrid(picture, trained.run, sets);
  line.done();
  process.stdout.write(`${summary(sets)}\n${picture}\n${trained.report}\n`);
}

async function translateHeldOut(
  config: TrainConfig,
  run: string,
  split: EmojiSplit,
  line: StatusLine,
): Promise<readonly TranslationSet[]> {
  const { translate } = await import("../translate/translate.js");
  await prepareHeldOut(demoDataset, run, split.test, config.cropSize);
  for (const direction of ["AtoB", "BtoA"] as const) {
    const task = { model: run, direction, ...translationFolders(run, direction), adapter: config.adapter };
    await translate(task, {
      onProgress: ({ done, total }) => line.show(() => `Translating held-out emoji ${direction}: ${done}/${total}`),
      onMessage: (text) => line.message(text),
    });
  }
  return compareHeldOut(run, split.test);
}

const percent = (fraction: number): string => `${(fraction * 100).toFixed(1)} %`;

/** A table of the distances before and after translation, and by how much they fell. */
export function summary(sets: readonly TranslationSet[]): string {
  const rows = sets.map(({ from, to, distances }) => {
    const { untranslated, translated } = distances;
    const figures = [untranslated.toFixed(4), translated.toFixed(4), percent(improvement(distances))];
    return `${`${from} to ${to}`.padEnd(32)}${figures.map((text) => text.padStart(14)).join("")}`;
  });
  const mean = sets.reduce((sum, { distances }) => sum + improvement(distances), 0) / sets.length;
  const images = sets[0]?.rows.length ?? 0;
  return [
    `Distance to the true image (mean |a - b|, images in [-1, 1]) of ${images} emoji never seen in training:`,
    `${"".padEnd(32)}${["untranslated", "translated", "nearer by"].map((text) => text.padStart(14)).join("")}`,
    ...rows,
    `${"average".padEnd(60)}${percent(mean).padStart(14)}`,
  ].join("\n");
}

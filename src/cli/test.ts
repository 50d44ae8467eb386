/** `cyclegan test`: `translate` with the options of the reference's test.py. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import { UsageError } from "../errors.js";
import type { Direction } from "../models/networks/recognise-generator.js";
import { isReferenceFolder } from "../run/network-files.js";
import { readRunConfig } from "../run/folder.js";
import { modelOf } from "../run/options.js";
import { refuseSampler } from "../translate/find-generator.js";
import { planTranslation, type PlannedImage, type TranslateOptions } from "../translate/plan.js";
import { wholeOption } from "./arguments/number-option.js";
import { reportTranslation } from "./report-translation.js";

const examples = `
Examples:
  cyclegan test --dataroot datasets/horse2zebra --name zebra            both directions, on testA and testB
  cyclegan test --dataroot photos --name zebra --model test             one direction, on the images of a folder
  cyclegan test --dataroot photos --name horse2zebra_pretrained --checkpoints_dir checkpoints --model test --no_dropout

The options are those of the reference's test.py. The results are in <results-dir>/<name>/<phase>_<epoch>: index.html and
the translations. All images are translated, at their own size. "translate" has more options.`;

interface Values {
  readonly dataroot: string;
  readonly name: string;
  readonly checkpointsDir?: string;
  readonly resultsDir: string;
  readonly model: "cycle_gan" | "test";
  readonly modelSuffix: string;
  readonly direction: Direction;
  readonly epoch: string;
  readonly phase: string;
  readonly numTest?: number;
  readonly maxPixels?: number;
  readonly strict: boolean;
  readonly adapter: string;
}

export function testCommand(): Command {
  const model = new Option("--model <kind>", "cycle_gan: both directions, on <phase>A and <phase>B; test: one, on the images in --dataroot");
  const direction = new Option("--direction <way>", "with --model test: from which domain to which");
  const numTest = new Option("--num-test <n>", "translate at most this many images of a domain (default: all)");
  return new Command("test")
    .description("translate test images with the options of the reference's test.py, and write a page of results")
    .requiredOption("--dataroot <folder>", "data set with testA and testB, or with --model test a folder of images")
    .option("--name <name>", "name of the run", "experiment_name")
    .option("--checkpoints-dir <folder>", "where runs are, of this program or of the reference (default: runs, then checkpoints)")
    .option("--results-dir <folder>", "where to write the results", "results")
    .addOption(model.choices(["cycle_gan", "test"]).default("cycle_gan"))
    .option("--model-suffix <text>", "with --model test: _A or _B selects the generator G_A or G_B", "")
    .addOption(direction.choices(["AtoB", "BtoA"]).default("AtoB"))
    .option("--epoch <tag>", "which weights: the number of an epoch, latest, or best (on held-out images)", "latest")
    .option("--phase <name>", "the part of the data set, as in <phase>A", "test")
    .addOption(numTest.argParser(wholeOption("--num-test", 1)))
    .option("--max-pixels <n>", "the most pixels that an image may have (default: 67108864, 8192 x 8192)", wholeOption("--max-pixels", 1))
    .option("--strict", "end with an error at the first image that cannot be used or written, which is otherwise named and skipped", false)
    .option("--adapter <which>", "auto | hardware | software | a number that doctor shows | part of a name", "auto")
    .addHelpText("after", examples)
    .action((values: Values) => runTest(values));
}

/** The folder of the run. */
function runPath({ name, checkpointsDir }: Values): string {
  const places = (checkpointsDir === undefined ? ["runs", "checkpoints"] : [checkpointsDir]).map((folder) => join(folder, name));
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new UsageError(`--name ${name}: expected a run of that name, got nothing at ${places.join(" or ")}. Name its folder with --checkpoints-dir.`);
}

/** The translations to make: one, or one for each direction that the run has. */
function tasksOf(values: Values, run: string): TranslateOptions[] {
  const { dataroot, direction, epoch, model, modelSuffix, phase, adapter, maxPixels, strict } = values;
  const results = join(values.resultsDir, values.name, `${phase}_${epoch}`);
  const task = (way: Direction, input: string): TranslateOptions => {
    const output = join(results, way === "AtoB" ? "fake_B" : "fake_A");
    return { model: run, direction: way, epoch, input, output, adapter, most: values.numTest, maxPixels, strict };
  };
  if (model === "test") return [task(modelSuffix === "" ? direction : modelSuffix === "_B" ? "BtoA" : "AtoB", dataroot)];
  return waysOf(run).map((way) => task(way, join(dataroot, `${phase}${way === "AtoB" ? "A" : "B"}`)));
}

function waysOf(run: string): readonly Direction[] {
  if (isReferenceFolder(run)) return ["AtoB", "BtoA"];
  const config = readRunConfig(run);
  const model = modelOf(config);
  refuseSampler(run, model);
  const ways = model.translators(config);
  const isSwapped = config.direction === "BtoA";
  return (["AtoB", "BtoA"] as const).filter((way) => ways[isSwapped ? (way === "AtoB" ? "BtoA" : "AtoB") : way] !== undefined);
}

async function runTest(values: Values): Promise<void> {
  const run = runPath(values);
  const tasks = tasksOf(values, run);
  const planned: (readonly [TranslateOptions, readonly PlannedImage[]])[] = [];
  for (const task of tasks) planned.push([task, (await planTranslation(task)).images]);
  const { withAdapter } = await import("../driver/reexec.js");
  await withAdapter(values.adapter);
  const { writeResults } = await import("./write-results.js");
  for (const [task] of planned) await reportTranslation(task);
  const page = join(values.resultsDir, values.name, `${values.phase}_${values.epoch}`, "index.html");
  const results = planned.map(([{ direction }, images]) => ({ direction, images }));
  writeResults(page, `${values.name}, ${values.phase}, epoch ${values.epoch}`, results);
  process.stdout.write(`${page}\n`);
}

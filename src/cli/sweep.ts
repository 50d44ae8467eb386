import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { UsageError } from "../errors.js";
import { writeFolderWhole } from "../io/files.js";
import { readSweep } from "../run/sweep.js";
import { printableLines } from "./terminal/printable.js";

const examples = `
Examples:
  cyclegan sweep settings.yaml                   the folder sweep, with a file of settings for each run
  cyclegan sweep runs.jsonl --output night       the runs of a file with the settings of one in each line
  while read -r file; do cyclegan train --continue-train --config "$file"; done < sweep/runs.txt
  sbatch --array=1-6 examples/sweep-slurm.sh sweep
  cyclegan compare runs                          how they went

settings.yaml has the settings of a training, named as in a run's config.json. A list stands for several values:

  name: zebra
  dataroot: datasets/horse2zebra
  lr: [0.0002, 0.001]
  lambdaIdentity: [0, 0.5, 1]

These are six runs, zebra-lr-0.0002-lambdaIdentity-0 and so on. Nothing is trained by this command.`;

/** `cyclegan sweep`. */
export function sweepCommand(): Command {
  return new Command("sweep")
    .description("make a list of trainings with different settings, for a job array or a loop")
    .argument("<settings>", "a .yaml or .json file in which lists stand for several values, or a .jsonl file with a run in each line")
    .option("--output <folder>", "a new folder for a file of settings for each run, and runs.txt, the list of these files", "sweep")
    .addHelpText("after", examples)
    .action((path: string, { output }: { readonly output: string }) => runSweep(path, output));
}

function runSweep(path: string, output: string): void {
  const runs = readSweep(path);
  if (existsSync(output)) throw new UsageError(`--output ${output}: expected a new folder, got one that exists. Remove it, or use another name.`);
  const files = runs.map((settings) => ({ name: `${settings.name}.json`, text: `${JSON.stringify(settings, undefined, 2)}\n` }));
  writeFolderWhole(output, (partial) => {
    for (const { name, text } of files) writeFileSync(join(partial, name), text);
    writeFileSync(join(partial, "runs.txt"), files.map(({ name }) => `${join(output, name)}\n`).join(""));
  });
  process.stderr.write(`${runs.length} ${runs.length === 1 ? "run" : "runs"}, one in each line:\n`);
  process.stdout.write(`${printableLines([join(output, "runs.txt")])}\n`);
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { Option } from "commander";
import type { Command } from "commander";
import { UsageError } from "../errors.js";
import { readConfigFile } from "../training/config-file.js";
import { trainConfig, type TrainConfig } from "../training/config.js";
import { resumedConfig } from "../run/resume.js";
import { runFolder } from "../run/folder.js";
import { givenOptions } from "./options.js";

/** What `cyclegan train` is to do. */
export interface TrainTask {
  readonly config: TrainConfig;
  /** Whether the run is there and goes on. */
  readonly resume: boolean;
}

/** Gives a command the options that say where settings come from. */
export function addTaskOptions(command: Command): Command {
  return command
    .addOption(new Option("--config <file>", "take settings from a file, as runs/<name>/config.json; options win").helpGroup("Run:"))
    .addOption(new Option("--resume <run>", "go on with the run in this folder, as runs/<name>").helpGroup("Run:"))
    .addOption(new Option("--continue-train", "the same by --name; where there is no such run yet, make it").helpGroup("Run:"));
}

interface TaskValues {
  readonly config?: string;
  readonly resume?: string;
  readonly continueTrain?: boolean;
  readonly dryRun?: boolean;
}

/** What a parsed command line asks for: options win over `--config`, and over the settings of a run that is resumed. */
export function taskOf(command: Command): TrainTask {
  const given = givenOptions(command);
  const { config: file, resume, continueTrain = false, dryRun = false } = command.opts<TaskValues>();
  if (resume === undefined && !continueTrain) {
    return { config: trainConfig({ ...(file === undefined ? {} : readConfigFile(file)), ...given }), resume: false };
  }
  const name = resume === undefined ? "--continue-train" : "--resume";
  const excluded = { "--config": file !== undefined, "--overwrite": given["overwrite"] === true, "--dry-run": dryRun };
  const place = { "--name": given["name"] !== undefined, "--runs-dir": given["runsDir"] !== undefined };
  for (const [flag, isGiven] of Object.entries(resume === undefined ? excluded : { ...excluded, ...place })) {
    if (isGiven) throw new UsageError(`${flag}: expected to stand without ${name}, which names a run with settings, got both.`);
  }
  const checked = trainConfig(given);
  const { runsDir, name: run } = checked;
  if (resume === undefined && !existsSync(runFolder(join(runsDir, run)).config)) {
    return { config: checked, resume: false };
  }
  const changes = Object.fromEntries(Object.entries(checked).filter(([key]) => key in given));
  return { config: resumedConfig(resume ?? join(runsDir, run), changes), resume: true };
}

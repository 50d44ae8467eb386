/** Where the settings of `train` come from: options, a file, a run that is resumed. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Option } from "commander";
import type { Command } from "commander";
import { UsageError } from "../errors.js";
import type { ModelDefinition } from "../models/model.js";
import { readConfigFile } from "../run/config-file.js";
import { runFolder } from "../run/folder.js";
import { trainConfig, type TrainConfig } from "../run/options.js";
import { resumedConfig } from "../run/resume.js";
import { givenOptions } from "./arguments/options.js";

/** What `cyclegan train` is to do. */
export interface TrainTask {
  readonly config: TrainConfig;
  /** Whether an existing run continues. */
  readonly resume: boolean;
}

/** Gives a command the options that say where settings come from. */
export function addTaskOptions(command: Command): Command {
  return command
    .addOption(new Option("--config <file>", "take settings from a file, such as runs/<name>/config.json; options win").helpGroup("Run:"))
    .addOption(new Option("--resume <run>", "continue the run in this folder, such as runs/<name>").helpGroup("Run:"))
    .addOption(new Option("--continue-train", "the same by --name; if there is no such run yet, make it").helpGroup("Run:"));
}

interface TaskValues {
  readonly config?: string;
  readonly resume?: string;
  readonly continueTrain?: boolean;
  readonly dryRun?: boolean;
}

/** What a parsed command line asks for: options win over `--config`, and over the settings of a run that is resumed. */
export function taskOf(command: Command, model: ModelDefinition): TrainTask {
  const given: Readonly<Record<string, unknown>> = givenOptions(command, model);
  const { config: file, resume, continueTrain = false, dryRun = false } = command.opts<TaskValues>();
  if (resume === undefined && !continueTrain) {
    const known = file === undefined ? {} : readConfigFile(file);
    return { config: trainConfig({ ...known, model: model.name, ...given }), resume: false };
  }
  const name = resume === undefined ? "--continue-train" : "--resume";
  const excluded = { "--config": file !== undefined, "--overwrite": given["overwrite"] === true, "--dry-run": dryRun };
  const place = { "--name": given["name"] !== undefined, "--runs-dir": given["runsDir"] !== undefined };
  for (const [flag, isGiven] of Object.entries(resume === undefined ? excluded : { ...excluded, ...place })) {
    if (isGiven) throw new UsageError(`${flag} cannot be combined with ${name}, which names a run that has its settings.`);
  }
  const checked = trainConfig({ model: model.name, ...given });
  const { runsDir, name: run } = checked;
  if (resume === undefined && !existsSync(runFolder(join(runsDir, run)).config)) {
    return { config: checked, resume: false };
  }
  const changes = Object.fromEntries(Object.entries(checked).filter(([key]) => key in given));
  return { config: resumedConfig(resume ?? join(runsDir, run), changes), resume: true };
}

/** The model that the settings at a path name, a run's folder or a file; undefined if nothing readable says. */
export function modelAt(path: string): unknown {
  try {
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    const settings: unknown = JSON.parse(readFileSync(isFolder ? runFolder(path).config : path, "utf8"));
    return typeof settings === "object" && settings !== null && "model" in settings ? settings.model : undefined;
  } catch {
    return undefined;
  }
}

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
import { isReferenceFolder, networkFiles } from "../run/network-files.js";
import { resumedConfig } from "../run/resume.js";
import { withClasses } from "../training/classes.js";
import { givenOptions } from "./arguments/options.js";

/** What `cyclegan train` is to do. */
export interface TrainTask {
  readonly config: TrainConfig;
  /** Whether an existing run continues. */
  readonly resume: boolean;
  /** What the user should know before it starts, a sentence each. */
  readonly notes: readonly string[];
}

/** Gives a command the options that say where settings come from. */
export function addTaskOptions(command: Command): Command {
  return command
    .addOption(new Option("--config <file>", "take settings from a file, such as runs/<name>/config.json; options win").helpGroup("Run:"))
    .addOption(new Option("--resume <run>", "continue the run in this folder, such as runs/<name>").helpGroup("Run:"))
    .addOption(new Option("--continue-train", "the same by --name, or begin it if there is none").helpGroup("Run:"))
    .addOption(
      new Option("--epoch <epoch>", "with --continue-train on a checkpoints folder of the reference: start from this epoch's weights (default: latest)").helpGroup("Run:"),
    )
    .addOption(new Option("--allow-changed-data", "continue a run even if images were added, removed or changed since").helpGroup("Run:"));
}

interface TaskValues {
  readonly config?: string;
  readonly resume?: string;
  readonly continueTrain?: boolean;
  readonly allowChangedData?: boolean;
  readonly dryRun?: boolean;
  readonly epoch?: string;
}

/**
 * What a parsed command line asks for: options win over `--config`, and over the settings of a run that is resumed.
 *
 * Throws a UsageError for options that exclude each other, and a CheckpointError for a run that cannot be resumed.
 */
export function taskOf(command: Command, model: ModelDefinition): TrainTask {
  const given: Readonly<Record<string, unknown>> = givenOptions(command, model);
  const { config: file, resume, continueTrain = false, allowChangedData = false, epoch } = command.opts<TaskValues>();
  if (resume === undefined && !continueTrain) {
    if (epoch !== undefined && epoch !== "latest") throw new UsageError("--epoch only works with --continue-train.");
    if (allowChangedData) throw new UsageError("--allow-changed-data only works with --resume or --continue-train.");
  }
  if (resume !== undefined || continueTrain) refuseExcluded(command, given);
  const known = file === undefined ? {} : readConfigFile(file);
  const checked = trainConfig({ ...known, model: model.name, ...given });
  if (resume === undefined && !continueTrain) return { config: withClasses(checked), resume: false, notes: [] };
  if (resume !== undefined) return resumed(resume, checked, given, epoch);
  const { runsDir, name } = checked;
  // The reference's own default is the folder checkpoints.
  const places = [join(runsDir, name), ...("runsDir" in given ? [] : [join("checkpoints", name)])];
  const reference = places.find((place) => isReferenceFolder(place));
  // What the reference saved stays as it is: a run that would have its folder is made beside it.
  const own = reference === places[0] ? { ...checked, name: `${name}-continued` } : checked;
  const run = join(runsDir, own.name);
  if (existsSync(runFolder(run).config)) {
    const task = resumed(run, checked, given, epoch);
    return file === undefined ? task : { ...task, notes: [...task.notes, `${run} exists and continues with its own settings. ${file} is not used.`] };
  }
  if (reference === undefined) return { config: withClasses(checked), resume: false, notes: [] };
  return startedFrom(reference, epoch ?? "latest", model, own);
}

/** Throws a UsageError for an option that cannot be given with a run that is resumed. */
function refuseExcluded(command: Command, given: Readonly<Record<string, unknown>>): void {
  const { config, resume, dryRun = false } = command.opts<TaskValues>();
  const name = resume === undefined ? "--continue-train" : "--resume";
  const excluded = { "--overwrite": given["overwrite"] === true, "--dry-run": dryRun };
  const place = { "--config": config !== undefined, "--name": given["name"] !== undefined, "--runs-dir": given["runsDir"] !== undefined };
  for (const [flag, isGiven] of Object.entries(resume === undefined ? excluded : { ...excluded, ...place })) {
    if (isGiven) throw new UsageError(`${flag} cannot be combined with ${name}, which names a run that has its settings.`);
  }
}

/** A run that continues with the options that are given. Its checkpoint knows its epoch, whatever a pasted command line says. */
function resumed(run: string, checked: TrainConfig, given: Readonly<Record<string, unknown>>, epoch = "latest"): TrainTask {
  if (epoch !== "latest") throw new UsageError(`--epoch: expected latest, got ${epoch}. A resumed training continues from its newest checkpoint.`);
  const changes = Object.fromEntries(Object.entries(checked).filter(([key]) => key in given && key !== "epochCount"));
  const notes = "epochCount" in given ? ["--epoch-count is ignored: the checkpoint knows its epoch."] : [];
  return { config: resumedConfig(run, changes), resume: true, notes };
}

/** A new run that starts from the weights of an epoch in a checkpoints folder of the reference. */
function startedFrom(folder: string, epoch: string, { startingWeights = {} }: ModelDefinition, config: TrainConfig): TrainTask {
  const networks = Object.keys(startingWeights);
  const files = networkFiles(folder, epoch, networks);
  const settings = Object.entries(startingWeights).flatMap(([network, key]) => (files[network] === undefined ? [] : [[key, files[network]]]));
  const listed = (found: boolean): string => networks.filter((network) => (files[network] !== undefined) === found).join(", ");
  const random = listed(false) === "" ? "" : ` ${listed(false)}: no file, so random weights.`;
  const note =
    `Starts from the weights in ${folder}, epoch ${epoch}: ${listed(true)}.${random} ` +
    "As in the reference, Adam's moments and the image pools start empty.";
  return { config: trainConfig({ ...config, ...Object.fromEntries(settings) }), resume: false, notes: [note] };
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

/** What a worker of a queue needs before it opens a device: the job's model and folders, as its machine has them. */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { kindAt } from "../../data/list-images.js";
import { DataError, UsageError } from "../../errors.js";
import { isJsonObject } from "../../io/parse-json.js";
import { findGenerator } from "../find-generator.js";
import type { OutputFolder } from "../finished-images.js";
import { checkPlace, isBelow, withPrecision, type GeneratorPlan, type PlannedImage, type TranslateOptions } from "../plan.js";
import { outputFolder } from "../translate.js";
import { checkModel, type JobPaths, type JobSettings } from "./job-settings.js";

/** What each machine decides for itself. The paths are those of the job by default. */
export interface WorkerOptions extends Partial<JobPaths>, Pick<TranslateOptions, "adapter" | "memory" | "tile" | "tune"> {}

export interface WorkerPlan {
  /** The `id` of the job. */
  readonly job: string;
  readonly generator: GeneratorPlan;
  readonly options: TranslateOptions;
  readonly paths: JobPaths;
  readonly folder: OutputFolder;
}

/**
 * Finds the job's model and folders. Throws a UsageError if the model is not that of the job, a CheckpointError or DataError if it or a
 * folder is not there.
 */
export async function planWorker(settings: JobSettings, name: string, given: WorkerOptions): Promise<WorkerPlan> {
  const { model, input, output, maskDir, ...own } = given;
  const { paths } = settings;
  if (maskDir !== undefined && paths.maskDir === undefined) throw new UsageError(`--mask-dir: the job ${name} has no masks. Leave it out.`);
  const here: JobPaths = { model: model ?? paths.model, input: input ?? paths.input, output: output ?? paths.output, maskDir: paths.maskDir && (maskDir ?? paths.maskDir) };
  const options: TranslateOptions = { ...settings.options, ...here, ...own };
  const found = await findGenerator(options);
  checkModel(settings, name, here.model, found);
  checkFolder("--input", "images", here.input);
  if (here.maskDir !== undefined) checkFolder("--mask-dir", "masks", here.maskDir);
  const generator: GeneratorPlan = { ...found, generator: withPrecision(found.generator, options.precision), format: options.format };
  checkPlace(here.output, here.output);
  const folder = outputFolder({ ...generator, folder: here.output }, options);
  if (!folder) throw new DataError(`--output ${here.output}: expected a folder.`);
  prepareOutput(folder, here.output);
  return { job: settings.id, generator, options, paths: here, folder };
}

/** Throws a DataError for a folder of the job that this machine does not have. */
function checkFolder(flag: string, what: string, path: string): void {
  if (kindAt(path) === "folder") return;
  throw new DataError(`${flag} ${path}: expected the folder of the job's ${what}, got none. Name it as this machine has it, with ${flag}.`);
}

/** Makes the folder, and makes sure that this worker, which would otherwise give up image after image, can write into it. */
function prepareOutput(folder: OutputFolder, path: string): void {
  folder.prepare();
  try {
    accessSync(path, constants.W_OK);
  } catch {
    throw new DataError(`--output ${path}: expected a folder that this worker may write into, got one that it may not. Change its permissions.`);
  }
}

/** The paths of an image on this machine. Throws a DataError for an entry of the queue that leads out of the folders. */
export function locate(image: unknown, { input, output, maskDir }: JobPaths): PlannedImage {
  const inside = (folder: string, name: unknown): string => {
    const path = typeof name === "string" ? join(folder, name) : folder;
    if (isBelow(folder, path)) return path;
    throw new DataError(`${String(name)}: expected the name of an image in the folder of the job, got another.`);
  };
  const { from, to, mask } = isJsonObject(image) ? image : {};
  const planned = { from: inside(input, from), to: inside(output, to) };
  return mask === undefined || maskDir === undefined ? planned : { ...planned, mask: inside(maskDir, mask) };
}

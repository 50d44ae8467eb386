/** Adds the images of a folder to a job. */
import { randomUUID } from "node:crypto";
import { relative, resolve, sep } from "node:path";
import { kindAt } from "../../data/list-images.js";
import { DataError, UsageError } from "../../errors.js";
import { productVersion } from "../../generated/version.js";
import { isShipped } from "../../run/shipped.js";
import { planTranslation, type PlannedImage, type TranslateOptions } from "../plan.js";
import { atShippedSize, outputFolder, unfinished } from "../translate.js";
import { checkModel, checkOptions, fingerprint, sharedOptions, type JobPaths, type JobSettings } from "./job-settings.js";
import type { JobImage, TranslationQueue } from "./translation-queue.js";

/** The images of a folder, and how they are to be translated. */
export interface PlannedJob {
  readonly settings: JobSettings;
  readonly images: readonly JobImage[];
  /** Whether images that are done are translated again. */
  readonly overwrite: boolean;
  readonly check: (job: JobSettings, name: string) => void;
}

export interface PlanJobHooks {
  /** Receives what was found and left out, one line each. */
  readonly onMessage?: (text: string) => void;
}

/** Checks everything that needs neither a device nor a server. Throws as `planTranslation`, a UsageError for paths that are no folders. */
export async function planJob(given: TranslateOptions, hooks: PlanJobHooks = {}): Promise<PlannedJob> {
  const { input, output, maskDir, model } = given;
  if (typeof input !== "string" || kindAt(input) !== "folder") {
    throw new DataError(`--input ${String(input)}: expected a folder, since the names of a job's images are relative to it.`);
  }
  const options = atShippedSize(given, hooks);
  const plan = await planTranslation(options);
  const folder = outputFolder(plan, options);
  if (!folder) throw new UsageError(`--output ${output}: expected a folder, got the name of one image.`);
  hooks.onMessage?.(plan.found);
  const { overwrite = false } = options;
  const images = overwrite ? plan.images : unfinished(plan, folder, hooks);
  const paths: JobPaths = {
    model: isShipped(model) ? model : resolve(model),
    input: resolve(input),
    output: resolve(output),
    maskDir: maskDir === undefined ? undefined : resolve(maskDir),
  };
  const shared = sharedOptions(options, plan);
  return {
    settings: { id: randomUUID(), version: productVersion, weights: fingerprint(plan), options: shared, paths },
    images: images.map((image) => queued(image, paths)),
    overwrite,
    check(job, name) {
      checkModel(job, name, model, plan);
      checkOptions(job, name, shared, paths);
    },
  };
}

/** An image with paths that mean the same on every machine. */
function queued({ from, to, mask }: PlannedImage, { input, output, maskDir }: JobPaths): JobImage {
  const name = (folder: string, path: string): string => relative(folder, resolve(path)).split(sep).join("/");
  const image = { from: name(input, from), to: name(output, to) };
  return mask === undefined || maskDir === undefined ? image : { ...image, mask: name(maskDir, mask) };
}

/** What became of the images. */
export interface AddResult {
  /** Images that the job did not have, and with `overwrite` those that no worker has. */
  readonly added: number;
  /** Images that it had, and that were left as they were. */
  readonly before: number;
  /** Where workers look for the images by default. */
  readonly input: string;
}

/** Adds a planned job's images to the queue. Throws a UsageError if its job has another model or other options. */
export async function addImages(queue: TranslationQueue, { settings, images, overwrite, check }: PlannedJob, onProgress?: (added: number) => void): Promise<AddResult> {
  const job = await queue.settle(settings);
  check(job, queue.name);
  const added = await queue.add(job, images, { overwrite, onProgress });
  return { added, before: images.length - added, input: job.paths.input };
}

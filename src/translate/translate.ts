/** Translates images with a trained generator. */
import { DEFAULT_QUALITY } from "../data/encode.js";
import { formatClasses } from "../data/label-classes.js";
import { openGpu } from "../open-gpu.js";
import { readRunConfig } from "../run/folder.js";
import { isShipped, modelPath } from "../run/shipped.js";
import { buildFound, ignoredTensors } from "./find-generator.js";
import { openOutputFolder, type OutputFolder } from "./finished-images.js";
import { planTranslation } from "./plan.js";
import { activationsOf } from "../models/parts/precision.js";
import type { GeneratorPlan, PlannedImage, TranslateOptions, TranslationPlan } from "./plan.js";
import { Translation, type TranslateHooks, type TranslationCounts } from "./translation.js";

export interface TranslateResult extends TranslationCounts {
  /** Images that were finished before and were not translated again. */
  readonly finished: number;
  readonly seconds: number;
  readonly interrupted: boolean;
}

/**
 * Translates images of any size with a trained model: files, folders, patterns, or standard input to standard output.
 *
 * Images keep their size, unless `scale` or `loadSize` resizes them first. A message says which scale would match the training, if
 * theirs is far from it. For a generator that comes with the package, `loadSize` is that of its training by default.
 *
 * Images that were finished before with the same weights and options are not translated again. An image that cannot be read
 * is skipped with a message, and so is one whose translation cannot be written or has NaN or infinity (`failed`). If it is the
 * only one, or with `strict`, that is an error. One that cannot be reached, because its disk does not answer, is waited
 * for. Throws a CheckpointError for the model, an image that cannot be written or a full disk, a DataError for input images and
 * folders, an UnreachableError for images that stay away, a NonFiniteError for NaN or infinity, a DeviceError for the device.
 */
export async function translate(given: TranslateOptions, hooks: TranslateHooks = {}): Promise<TranslateResult> {
  const startedAt = performance.now();
  const options = atShippedSize(given, hooks);
  const plan = await planTranslation(options);
  const ignored = ignoredTensors(plan);
  for (const note of [plan.found, ...(ignored === undefined ? [] : [ignored])]) hooks.onMessage?.(note);
  const folder = outputFolder(plan, options);
  const images = folder && !options.overwrite ? unfinished(plan, folder, hooks) : plan.images;
  const finished = plan.images.length - images.length;
  folder?.sweep();
  let counts: TranslationCounts = { written: 0, skipped: 0, failed: 0 };
  if (images.length > 0) {
    const gpu = await openGpu(options.adapter === undefined ? {} : { adapter: options.adapter });
    try {
      activationsOf(gpu, options.precision ?? "f32");
      const generator = await buildFound(gpu, plan);
      counts = await new Translation(gpu, generator, plan, { ...options, folder }, hooks).run(images);
    } finally {
      gpu.dispose();
      folder?.sweep();
    }
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { ...counts, finished, seconds, interrupted: counts.written + counts.skipped + counts.failed < images.length };
}

/** The options with the size of the training, if the model is the name of a shipped generator and no other size is given. */
export function atShippedSize(options: TranslateOptions, { onMessage }: TranslateHooks): TranslateOptions {
  const { model, loadSize, scale } = options;
  if (!isShipped(model) || loadSize !== undefined || scale !== undefined) return options;
  const trained = readRunConfig(modelPath(model)).loadSize;
  onMessage?.(`${model} was trained on images of ${trained} pixels. Images are resized to that; --scale 1 keeps their size.`);
  return { ...options, loadSize: trained };
}

/** The generator, and where its translations go. */
type FolderPlan = GeneratorPlan & Pick<TranslationPlan, "folder">;

/** The output, if it is a folder. */
export function outputFolder({ folder, weights, prefix, generator, classes, format, trained }: FolderPlan, options: TranslateOptions): OutputFolder | undefined {
  if (folder === undefined) return undefined;
  const { quality = DEFAULT_QUALITY, keepAlpha = false, loadSize, scale, maskDir } = options;
  const { valueRange = trained?.valueRange ?? "auto", ignoreIcc = trained?.ignoreIcc ?? false } = options;
  const { activations } = generator;
  return openOutputFolder(folder, {
    weights,
    prefix,
    format: format ?? "as the input",
    quality,
    keepAlpha,
    ...(activations && { activations }),
    ...(classes && { classes: formatClasses(classes) }),
    ...(loadSize !== undefined && { loadSize }),
    ...(scale !== undefined && { scale }),
    ...(valueRange !== "auto" && { valueRange }),
    ...(ignoreIcc && { ignoreIcc }),
    ...(maskDir !== undefined && { masks: true }),
  });
}

/** The images of the plan that are not finished. */
export function unfinished({ images, folder: name = "" }: TranslationPlan, folder: OutputFolder, { onMessage }: TranslateHooks): readonly PlannedImage[] {
  if (folder.provenance === "other") {
    onMessage?.(`${name} has images that were made with another model or other options. All are translated again.`);
  }
  const left = images.filter(({ from, to, mask }) => !folder.isFinished(from, to, mask));
  const finished = images.length - left.length;
  if (finished > 0) onMessage?.(`${finished} of ${images.length} images were finished before and are not translated again.`);
  return left;
}

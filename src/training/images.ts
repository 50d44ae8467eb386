/** The images of a run: batches to train on, and test images to measure on. */
import type { MaskedImage } from "../data/image.js";
import { datasetAt, findImages, findMasks, imageFolder, refuseIncomplete } from "../data/image-folder.js";
import { readHeldOutImages, spread, type HeldOutRequest } from "../data/held-out.js";
import { labelsToBatch } from "../data/label-batch.js";
import { createLoader, type Loader } from "../data/loader.js";
import type { LoaderOptions } from "../data/loader-options.js";
import { pairName } from "../data/pairs.js";
import type { HeldOutImages, Metrics, Model } from "../models/model.js";
import { DataError, UsageError } from "../errors.js";
import type { Random } from "../random.js";
import { imageToBatch } from "../data/transform.js";
import type { Batch } from "../data/dataset.js";
import { modelOf, type TrainConfig } from "../run/options.js";

/** The batches in the order of training, by default from the first one. */
export function openLoader(config: TrainConfig, random: Random, options: Pick<LoaderOptions, "onWarning" | "signal" | "start" | "share"> = {}): Loader {
  const model = modelOf(config);
  const dataset = datasetAt(model.dataset, config);
  return createLoader({
    ...config,
    dataset,
    files: findImages(dataset, config, "train"),
    masks: findMasks(dataset, config, "train"),
    channels: model.channels(config),
    classes: model.classes?.(config),
    random,
    workers: config.numThreads,
    dropLast: config.microBatches > 1,
    ...options,
  });
}

/**
 * Measures the model on the data set's test images; undefined, with a message, if there are none. Throws a DataError if the plateau
 * policy needs them.
 */
export async function evaluationOf(
  model: Pick<Model, "evaluation">,
  config: TrainConfig,
  onMessage: (text: string) => void,
): Promise<(() => Promise<Metrics>) | undefined> {
  const isNeeded = config.lrPolicy === "plateau";
  if ((config.evalFreq === 0 && !isNeeded) || !model.evaluation) return undefined;
  const dataset = datasetAt(modelOf(config).dataset, config);
  let found = false;
  try {
    findImages(dataset, config, "test");
    found = true;
    if (config.strict) refuseIncomplete(dataset, config, "test");
    const { strict } = config;
    return model.evaluation(await readImages(config, "test", config.evalImages, { strict, onMessage, onWait: onMessage }));
  } catch (error) {
    if (!(error instanceof DataError) || (found && config.strict)) throw error;
    if (isNeeded) throw withoutMetric(error);
    onMessage(`Nothing is measured on held-out images: ${error.message}`);
    return undefined;
  }
}

/** Throws unless the plateau policy, if it is chosen, has a metric and images to measure it on. */
export function checkPlateau(config: TrainConfig): void {
  if (config.lrPolicy !== "plateau") return;
  const { dataset, metric, title } = modelOf(config);
  if (metric === undefined) throw new UsageError(`--lr-policy plateau: ${title} has no held-out metric to follow. Use linear, step or cosine.`);
  try {
    findImages(datasetAt(dataset, config), config, "test");
  } catch (error) {
    throw error instanceof DataError ? withoutMetric(error) : error;
  }
}

function withoutMetric({ message }: DataError): DataError {
  return new DataError(
    `--lr-policy plateau follows a metric on held-out images, and there are none: ${message} ` +
      "Or let --a, --b and --hold-out set some aside, or use another --lr-policy.",
  );
}

/**
 * The images that every sample grid shows, so that the grids of a run can be compared: test images, or training images if
 * the data set has no others. None if the grids show the images of the step. `onWait` receives a line when they are waited for.
 */
export async function imagesToShow(config: TrainConfig, onWait: (text: string) => void): Promise<Batch[]> {
  const { sampleImages: count, overfitBatch } = config;
  if (count === 0 || overfitBatch) return [];
  for (const phase of ["test", "train"] as const) {
    try {
      return batchesOf(await readImages(config, phase, count, { onWait }), modelOf(config).dataset.labels);
    } catch (error) {
      // Errors of training images are reported when they are trained on.
      if (!(error instanceof DataError)) throw error;
    }
  }
  return [];
}

/** The first image of each side as a batch, then the second, as long as every side has one. */
function batchesOf(images: HeldOutImages, labels: string | undefined): Batch[] {
  const sides = Object.entries(images);
  const count = Math.min(...sides.map(([, side]) => side.length));
  return Array.from({ length: count }, (_, index) =>
    Object.fromEntries(sides.flatMap(([side, { [index]: image }]) => (image ? [[side, side === labels ? labelsToBatch(image) : imageToBatch(image)]] : []))),
  );
}

/**
 * `count` images of each side in a phase, or all of them if it is 0, at the training's size.
 *
 * Leaves out images that cannot be read, with a message. Throws a DataError if the data set has no images of that phase, an
 * UnreachableError if they cannot be reached.
 */
async function readImages(
  config: TrainConfig,
  phase: "train" | "test",
  count: number,
  messages: Pick<HeldOutRequest, "strict" | "onMessage" | "onWait">,
): Promise<HeldOutImages> {
  const { direction, preprocess, loadSize, cropSize, maxPixels, valueRange, ignoreIcc } = config;
  const model = modelOf(config);
  const dataset = datasetAt(model.dataset, config);
  const files = findImages(dataset, config, phase);
  const masks = findMasks(dataset, config, phase);
  const channels = model.channels(config);
  const images: Record<string, ReadonlyMap<string, MaskedImage>> = {};
  for (const side of dataset.sides) {
    const { folder, half } = dataset.source(side, direction);
    const paths = spread(files[folder] ?? [], count);
    const transform = { preprocess, loadSize, cropSize };
    const place = { paths, folder: imageFolder(dataset, config, phase, folder), ...(half && { half }) };
    const classes = side === dataset.labels ? model.classes?.(config) : undefined;
    const own = { channels: channels[side] ?? 3, classes, ...(dataset.masks?.includes(side) && { masks }) };
    const request = { ...place, ...own, transform, maxPixels, valueRange, ignoreIcc, ...messages };
    const read = await readHeldOutImages(request);
    images[side] = new Map(read.map(({ name, image }, index) => [dataset.pairs ? pairName(name, folder) : String(index), image]));
  }
  return dataset.pairs ? onlyPairs(images) : imagesOf(images);
}

type NamedImages = Readonly<Record<string, ReadonlyMap<string, MaskedImage>>>;

function imagesOf(images: NamedImages): HeldOutImages {
  return Object.fromEntries(Object.entries(images).map(([side, named]) => [side, [...named.values()]]));
}

/** Without images whose partner could not be read. */
function onlyPairs(images: NamedImages): HeldOutImages {
  const sides = Object.entries(images);
  const names = [...(sides[0]?.[1].keys() ?? [])].filter((name) => sides.every(([, named]) => named.has(name)));
  return Object.fromEntries(sides.map(([side, named]) => [side, names.flatMap((name) => named.get(name) ?? [])]));
}

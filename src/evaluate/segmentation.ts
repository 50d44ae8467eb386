/** Measures an FCN on test images with labels. */
import { datasetAt, findImages, imageFolder, refuseIncomplete } from "../data/image-folder.js";
import { labelled } from "../data/datasets/labelled.js";
import { pairsByName, readHeldOutImages, spread, type HeldOutImage } from "../data/held-out.js";
import type { LabelClasses } from "../data/label-classes.js";
import { UsageError } from "../errors.js";
import { ConfusionMatrix, requireEqualSizes, type SegmentationFigures } from "../metrics/confusion.js";
import { translateImages } from "../models/tiling/translate-image.js";
import { openGpu } from "../open-gpu.js";
import { modelOf } from "../run/options.js";
import { buildFound, ignoredTensors } from "../translate/find-generator.js";
import type { EvaluateHooks } from "./evaluate.js";
import { squareOf, type EvaluateOptions } from "./plan.js";
import { segmenterAt, type Segmenter } from "./segmenter.js";

/** How well an FCN labels test images. */
export interface SegmentationEvaluation {
  readonly images: number;
  /** Size at which the first image was measured, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly figures: SegmentationFigures;
  /** Intersection over union of each class; absent for a class that is neither labelled nor predicted. */
  readonly classes: readonly { readonly name: string; readonly iou?: number }[];
}

/** An FCN, and the test images to measure it on. */
export interface SegmentationPlan {
  readonly segmenter: Segmenter;
  /** Reads the images with their labels, of equal numbers. */
  readonly read: (onMessage?: (text: string) => void) => Promise<Record<"images" | "labels", readonly HeldOutImage[]>>;
}

/** Checks everything that needs no device; undefined if the model is no FCN. Throws as `evaluateSegmentation`. */
export async function planSegmentation(options: EvaluateOptions): Promise<SegmentationPlan | undefined> {
  const { model, epoch, back, direction, fcnScore, cropSize, dataroot, images = 0, strict = false, maxPixels } = options;
  const segmenter = await segmenterAt(model, epoch);
  if (!segmenter) return undefined;
  const given = { "--back": back, "--direction": direction, "--fcn-score": fcnScore };
  const odd = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
  if (odd !== undefined) throw new UsageError(`${odd} does not work with an FCN such as ${model}, which is compared with labels.`);
  const { config, classes } = segmenter;
  const location = dataroot === undefined ? config : { dataroot };
  if (!location) throw new UsageError("--dataroot is required if --model is a file: name a data set with testA and testB.");
  const dataset = datasetAt(config ? modelOf(config).dataset : labelled, location);
  const test = findImages(dataset, location, "test");
  if (strict) refuseIncomplete(dataset, location, "test");
  const transform = cropSize === undefined && config ? config : squareOf(cropSize ?? 256);
  const trained = config && { valueRange: config.valueRange, ignoreIcc: config.ignoreIcc };
  const readSide = async (side: "A" | "B", own: { readonly classes?: LabelClasses }, onMessage: ((text: string) => void) | undefined) => {
    const { folder } = dataset.source(side, config?.direction ?? "AtoB");
    const place = { folder: imageFolder(dataset, location, "test", folder), paths: spread(test[folder] ?? [], images) };
    return readHeldOutImages({ ...place, ...own, ...trained, channels: segmenter.generator.inputNc, transform, maxPixels, strict, onMessage });
  };
  return {
    segmenter,
    async read(onMessage) {
      const [a, b] = [await readSide("A", {}, onMessage), await readSide("B", { classes }, onMessage)];
      const pairs = (config?.direction ?? "AtoB") === "AtoB" ? pairsByName(a, b) : pairsByName(b, a).map(([first, second]) => [second, first] as const);
      return { images: pairs.flatMap(([place]) => a[place] ?? []), labels: pairs.flatMap(([, place]) => b[place] ?? []) };
    },
  };
}

/**
 * Measures an FCN, of a run or of a file, on the test images of a data set: pixel accuracy, mean accuracy, mean and
 * frequency-weighted intersection over union, from one confusion matrix over all images.
 *
 * Images are resized or cropped to the size of the training's crop, without randomness; labels by nearest neighbours. Throws a
 * UsageError or CheckpointError for the model, a DataError for the images, a DeviceError for the device.
 */
export async function evaluateSegmentation(options: EvaluateOptions, hooks: EvaluateHooks = {}): Promise<SegmentationEvaluation> {
  const plan = await planSegmentation(options);
  if (!plan) throw new UsageError(`evaluateSegmentation: expected an FCN, got another model (${options.model}). Use evaluate.`);
  const { segmenter } = plan;
  const ignored = ignoredTensors(segmenter);
  if (ignored !== undefined) hooks.onMessage?.(ignored);
  const { images, labels } = await plan.read(hooks.onMessage);
  const matrix = new ConfusionMatrix(segmenter.classes.names.length);
  const gpu = await openGpu(options.adapter === undefined ? {} : { adapter: options.adapter });
  try {
    const network = await buildFound(gpu, segmenter);
    for (const [index, { name, image }] of images.entries()) {
      const label = labels[index]?.image;
      if (label) requireEqualSizes(name, image, label);
      const [predicted] = await translateImages(gpu, network, [image]);
      if (predicted && label) matrix.add(label, predicted);
      hooks.onProgress?.({ done: index + 1, total: images.length });
    }
  } finally {
    gpu.dispose();
  }
  const iou = matrix.classIoU();
  const { width = 0, height = 0 } = images[0]?.image ?? {};
  const classes = segmenter.classes.names.map((name, index) => (iou[index] === undefined ? { name } : { name, iou: iou[index] }));
  return { images: images.length, width, height, figures: matrix.figures(), classes };
}
